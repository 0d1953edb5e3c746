import type { Action } from '../action.ts'
import type { Issue } from '../gitlab/content-types.ts'
import { key } from '../redis/keys.ts'
import { withLock } from '../redis/lock.ts'
import { createIssueProjects } from '../store/issue-projects.ts'
import type { PerformDeps, Performed } from './types.ts'

type KeepIssue = Extract<Action, { type: 'keep_issue' }>

/** One at a time in each project: GitLab has no unique key for issues, and two would make two. */
export function keepIssue(action: KeepIssue, deps: PerformDeps): Promise<Performed> {
  const lock = key(`p${action.project}`, 'issue-lock')
  return withLock(deps.redis, lock, { ttl: 10_000, wait: 20_000 }, () => keepLocked(action, deps))
}

async function keepLocked(action: KeepIssue, deps: PerformDeps): Promise<Performed> {
  await createIssueProjects(deps.redis).add(action.origin)
  const { project, marker, title, labels } = action
  const description = `${marker}\n\n${action.description}`
  const issue = await findIssue(action, deps)
  if (!issue) {
    if (action.state === 'closed') return { result: 'already so', detail: 'there is no such issue' }
    const created = await deps.writer.createIssue(project, { title, description, labels })
    return { result: 'done', detail: `issue ${created.iid} opened`, url: created.url }
  }
  const event = eventFor(issue, action)
  if (!event && issue.title === title && same(issue.description, description)) return { result: 'already so' }
  await deps.writer.updateIssue(project, issue.iid, { title, description, ...(event && { stateEvent: event }) })
  return { result: 'done', detail: `issue ${issue.iid} ${wordFor(event)}`, url: issue.url }
}

const eventFor = ({ state }: Issue, action: KeepIssue): 'close' | 'reopen' | null => {
  if (state === action.state) return null
  return action.state === 'closed' ? 'close' : 'reopen'
}

const wordFor = (event: 'close' | 'reopen' | null): string =>
  event === null ? 'edited' : event === 'close' ? 'closed' : 'opened again'

/** By its marker and author: labels and titles are anybody's to change. The oldest, should there be two. */
async function findIssue({ project, marker }: KeepIssue, deps: PerformDeps): Promise<Issue | undefined> {
  const author = await deps.botUserId()
  const issues = await deps.reader.issues(project, { author })
  return issues
    .filter((issue) => issue.author?.id === author && hasMarker(issue, marker))
    .sort((one, other) => one.iid - other.iid)[0]
}

const hasMarker = ({ description }: Pick<Issue, 'description'>, marker: string): boolean =>
  description.split('\n').some((line) => line.trim() === marker)

const same = (one: string, other: string): boolean => normal(one) === normal(other)
const normal = (text: string): string => text.replaceAll('\r\n', '\n').trim()
