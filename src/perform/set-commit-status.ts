import type { Action } from '../action.ts'
import { cutText } from '../cut.ts'
import { isRefusal } from '../gitlab/errors.ts'
import type { CommitStatus } from '../gitlab/types.ts'
import { key } from '../redis/keys.ts'
import { withLock } from '../redis/lock.ts'
import { createWaitingStatuses } from '../store/waiting-statuses.ts'
import { createNewest } from './newest.ts'
import type { Circumstances, PerformDeps, Performed } from './types.ts'
import { noteUrl } from './write-note.ts'

type SetCommitStatus = Extract<Action, { type: 'set_commit_status' }>

/** GitLab refuses a longer description. */
const longestDescription = 255

const lockOf = ({ project, pipeline }: { project: number; pipeline: number }): string =>
  key(`p${project}`, 'status-lock', pipeline)
const lockFor = { ttl: 10_000, wait: 20_000 }

/** One status of a pipeline at a time, for what it is compared with must not change meanwhile. */
export async function setCommitStatus(
  action: SetCommitStatus,
  deps: PerformDeps,
  { decidedAt }: Circumstances,
): Promise<Performed> {
  const { project, pipeline, name } = action
  const newest = createNewest(deps.redis)
  const subject = { project, about: `status ${pipeline}`, part: name }
  return withLock(deps.redis, lockOf(action), lockFor, async () => {
    if (await newest.isOvertaken(subject, decidedAt)) return { result: 'already so', detail: 'a newer decision stands' }
    const performed = await setLocked(action, deps)
    await newest.isCarriedOut(subject, decidedAt)
    return performed
  })
}

/** One that was set again meanwhile waits again. */
export async function forgetStatus(action: Extract<Action, { type: 'forget_status' }>, deps: PerformDeps) {
  return withLock(deps.redis, lockOf(action), lockFor, async (): Promise<Performed> => {
    const isForgotten = await createWaitingStatuses(deps.redis).forget(action)
    return { result: isForgotten ? 'done' : 'already so' }
  })
}

/** It is remembered as waiting before it waits, and forgotten only when it waits no more. */
async function setLocked(action: SetCommitStatus, deps: PerformDeps): Promise<Performed> {
  const waiting = createWaitingStatuses(deps.redis, deps.now)
  const { project, pipeline, name, about } = action
  const waits = action.state === 'pending' || action.state === 'running'
  if (waits && about) {
    const { mergeRequest, path } = about
    await waiting.add({ project, path, pipeline, name, mergeRequest, since: deps.now() })
  }
  try {
    const performed = await setUnlessSo(action, deps)
    if (!waits) await waiting.remove({ project, pipeline, name })
    return performed
  } catch (error) {
    // What GitLab refuses does not wait.
    if (isRefusal(error)) await waiting.remove({ project, pipeline, name })
    throw error
  }
}

/** A finished status is not updated but replaced (GitLab's service), so the same again would be a second one. */
async function setUnlessSo(action: SetCommitStatus, deps: PerformDeps): Promise<Performed> {
  const { project, sha, pipeline, name, state } = action
  const description = cutText(action.description, longestDescription)
  const found = await deps.reader.commitStatuses(project, sha, { pipeline, name })
  const current = found.toSorted((one, other) => other.id - one.id)[0]
  if (current && says(current, state, description)) return { result: 'already so' }
  const targetUrl = await targetOf(action, deps)
  await deps.writer.setCommitStatus(project, sha, {
    name,
    state,
    description,
    pipeline,
    ...(targetUrl === null ? {} : { targetUrl }),
  })
  return { result: 'done' }
}

const says = (current: CommitStatus, state: SetCommitStatus['state'], description: string): boolean =>
  current.status === state && (current.description ?? '') === description

async function targetOf({ project, about, targetUrl }: SetCommitStatus, deps: PerformDeps) {
  const url = about ? await noteUrl(project, about, deps.redis) : null
  return url ?? targetUrl
}
