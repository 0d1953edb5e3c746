import { NotYetError } from '../../src/errors.ts'
import type { PipelineEvent } from '../../src/event.ts'
import type { Readers } from '../../src/readers.ts'
import { SlackFailure } from '../../src/slack/errors.ts'
import { isAlive } from '../../src/status.ts'
import { expectations } from './expected.ts'
import type { SlackFacts } from './facts.ts'
import { isRed, judge, nothingToTell, routeFacts } from './judge.ts'
import type { SlackMemory } from './memory.ts'
import { authorChannel, type SlackReactionOptions } from './options.ts'
import { readCommit, readMergeRequest, readTests } from './read-details.ts'
import { readFailing, readPassed } from './read-failing.ts'
import { readNewerGreen } from './read-newer-green.ts'
import { readPipeline } from './read-pipeline.ts'
import { fitsPipeline, mayFit, routesFor } from './routes.ts'
import { subjectOf } from './subject.ts'

/** Reads from cheap to dear, and stops as soon as nothing can come of it. */
export async function gather(
  event: PipelineEvent,
  fact: string,
  read: Readers,
  memory: SlackMemory,
  options: SlackReactionOptions,
): Promise<SlackFacts> {
  const known = await recall(event, fact, read, memory, options)
  if (nothingToTell(known)) return known
  const seen = { ...known, ...(await readPipeline(event, read, options)) }
  waitForReplica(event, seen, read)
  if (nothingToTell(seen)) return seen
  const judged = { ...seen, ...(await readJobs(seen, read)) }
  if (!hasNews(judged)) return judged
  return { ...judged, ...(await readRest(judged, memory, read)) }
}

/** The address is for a question to Slack, and is not kept. */
async function readRest(facts: SlackFacts, memory: SlackMemory, read: Readers) {
  const [{ commit, email }, mergeRequest, newerGreen, tests] = await Promise.all([
    readCommit(facts, read),
    readMergeRequest(facts, read),
    readNewerGreen(facts, read),
    facts.failing?.length ? readTests(facts, read) : null,
  ])
  return { commit, mergeRequest, newerGreen, tests, author: await readAuthor(facts, email, memory, read) }
}

async function recall(
  event: PipelineEvent,
  fact: string,
  read: Readers,
  memory: SlackMemory,
  options: SlackReactionOptions,
): Promise<SlackFacts> {
  const subject = subjectOf(event)
  const subjects = expectations(options, subject, event.source, (route) => mayFit(route, event)).map(
    (one) => one.subject,
  )
  const recalled = (key: string) => memory.incidents(event.project.id, key)
  const [incidents, ...expected] = await Promise.all([subject.key, ...subjects].map(recalled))
  return {
    ...{ options, now: read.now(), event, fact, subject, incidents: incidents ?? {} },
    expected: Object.fromEntries(subjects.map((key, index) => [key, expected[index] ?? {}])),
  }
}

const replicaLagMs = 15_000

/** A replica may still show the pipeline as it was before the event. */
function waitForReplica(event: PipelineEvent, { pipeline }: SlackFacts, read: Readers): void {
  const young = read.now() - event.at < replicaLagMs
  if (pipeline && young && isAlive(pipeline.status)) {
    throw new NotYetError(`pipeline ${pipeline.id} was told to be ${event.status} and reads ${pipeline.status}`, 2_000)
  }
}

/** Both lists only where something may come of them. */
async function readJobs(facts: SlackFacts, read: Readers) {
  const failed = facts.pipeline?.status !== 'success'
  const passed = isRed(facts) ? { passed: await readPassed(facts.event.project.id, facts.event.pipeline, read) } : {}
  return { failing: failed ? await readFailing(facts, read) : [], ...passed }
}

/** Whether details are worth reading: somebody is to be told something. */
function hasNews(facts: SlackFacts): boolean {
  if (judge(facts).some(({ transition: { kind } }) => kind !== 'nothing' && kind !== 'same')) return true
  const about = routeFacts(facts)
  if (!about) return false
  if (facts.options.slack.routes.some((route) => route.expect !== null && fitsPipeline(route, about))) return true
  // The author may be told too, but who that is has not been read.
  const asked = { ...about, author: authorChannel }
  const failing = facts.failing ?? []
  return (failing.length > 0 ? routesFor(asked, 'failed', failing) : routesFor(asked, 'passed', [])).length > 0
}

const lookAgainMs = 30_000
const patienceMs = 3_600_000

/** Asked only if a route wants to know. Bots have no direct messages, and are not blamed. */
async function readAuthor(
  facts: SlackFacts,
  email: string | null,
  memory: SlackMemory,
  read: Readers,
): Promise<string | null> {
  const about = routeFacts(facts)
  const { pipeline, event } = facts
  if (!about || !email || pipeline?.user?.bot) return null
  const asked = facts.options.slack.routes.some(
    (route) => (route.channel === authorChannel || route.mention.includes('author')) && fitsPipeline(route, about),
  )
  if (!asked) return null
  try {
    return await memory.person(email)
  } catch (error) {
    if (!(error instanceof SlackFailure) || read.now() - event.at > patienceMs) return null
    throw new NotYetError(error.message, error.retryAfter ?? lookAgainMs)
  }
}
