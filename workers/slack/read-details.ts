import { GitLabError } from '../../src/gitlab/errors.ts'
import type { TestCase } from '../../src/gitlab/types.ts'
import type { Readers } from '../../src/readers.ts'
import type { CommitFacts, FailedTests, MergeRequestFacts, SlackFacts } from './facts.ts'

/** The merge request that brought the commit to its branch, where the pipeline itself is of none. */
export async function readMergeRequest(facts: SlackFacts, read: Readers): Promise<MergeRequestFacts | null> {
  const { event, pipeline, mergeRequest } = facts
  if (mergeRequest || event.mergeRequest !== null) return mergeRequest ?? null
  const all = await orNull(read.gitlab.commitMergeRequests(event.project.id, pipeline?.sha ?? event.sha))
  const found = all?.find(({ state, targetBranch }) => state === 'merged' && targetBranch === event.ref)
  return found ? { iid: found.iid, title: found.title, url: found.url } : null
}

/** `email` is for a question to Slack, and is not kept. */
type Read = { commit: CommitFacts | null; email: string | null }

export async function readCommit({ event, pipeline }: SlackFacts, read: Readers): Promise<Read> {
  const commit = await orNull(read.gitlab.commit(event.project.id, pipeline?.commit ?? event.sha))
  if (!commit) return { commit: null, email: null }
  const { sha, title, author, url } = commit
  return { commit: { sha, title, author: author.name, url }, email: author.email }
}

const testsKept = 10
const messageChars = 300

/** The first tests that failed, as GitLab's own report of the pipeline tells. */
export async function readTests({ event }: SlackFacts, read: Readers): Promise<FailedTests | null> {
  const report = await orNull(read.gitlab.testReport(event.project.id, event.pipeline))
  const cases = report?.suites.flatMap((suite) => suite.cases) ?? []
  const failed = cases.filter(({ status }) => status === 'failed' || status === 'error')
  if (failed.length === 0) return null
  return { count: failed.length, first: failed.slice(0, testsKept).map(inShort) }
}

const inShort = ({ classname, name, output }: TestCase) => ({
  name: classname && !name.startsWith(classname) ? `${classname} ${name}` : name,
  message: firstLine(output ?? ''),
})

const firstLine = (text: string): string =>
  text
    .slice(0, 10 * messageChars)
    .split('\n')
    .map((line) => line.trim())
    .find(Boolean)
    ?.slice(0, messageChars) ?? ''

/** What only makes the message better must not hold it up. */
async function orNull<T>(reading: Promise<T>): Promise<T | null> {
  try {
    return await reading
  } catch (error) {
    if (error instanceof GitLabError && error.kind !== 'rate_limited') return null
    throw error
  }
}
