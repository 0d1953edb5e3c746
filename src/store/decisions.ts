import type { Action } from '../action.ts'
import type { GitLabEvent } from '../event.ts'
import { asId } from '../json.ts'
import type { RedisClient } from '../redis/connect.ts'
import { key } from '../redis/keys.ts'
import { decode, encode } from './decision-bytes.ts'
import { retentionSeconds } from './retention.ts'

/** How one action went: null while it is still to be done. */
export type Outcome = {
  at: number
  result: 'done' | 'already so' | 'dry run' | 'refused'
  detail?: string
  /** What came of it, on GitLab's pages. */
  url?: string
}

export type SavedDecision = {
  reaction: string
  fact: string
  event: GitLabEvent
  /** When it was decided, in milliseconds since the epoch. */
  at: number
  facts: unknown
  because: string
  actions: Action[]
  /** One for each action, in their order. */
  outcomes: (Outcome | null)[]
  finished: boolean
  /** The events that were looked at together, when they were more than `event`. */
  batch?: GitLabEvent[]
}

export type DecisionFilter = {
  project: number
  mergeRequest?: number
  pipeline?: number
  /** How many are looked at. */
  limit?: number
  /** Of those, only the ones whose fact begins so: the others are not even read. */
  factsFrom?: string
}

type Subject = { mergeRequest?: number | null; pipeline?: number | null }

/** The merge request and the pipeline that a decision is about; an event may not tell what only reading showed. */
function subjectOf({ event, actions }: SavedDecision): Subject {
  const { mergeRequest, pipeline } = event as Subject
  const note = actions.find((action) => action.type === 'write_note')
  return { mergeRequest: mergeRequest ?? note?.mergeRequest ?? null, pipeline: pipeline ?? null }
}

/** Where a decision is listed: by project, merge request and pipeline. */
function listsOf(decision: SavedDecision): string[] {
  const project = decision.event.project.id
  const { mergeRequest, pipeline } = subjectOf(decision)
  return [
    listKey(project),
    ...(mergeRequest ? [listKey(project, 'merge_request', mergeRequest)] : []),
    ...(pipeline ? [listKey(project, 'pipeline', pipeline)] : []),
  ]
}

const listKey = (project: number, ...about: (string | number)[]) => key(`p${project}`, 'decisions', ...about)

/** All that fit are in it. */
function shortestList({ project, mergeRequest, pipeline }: DecisionFilter): string {
  if (pipeline) return listKey(project, 'pipeline', pipeline)
  return mergeRequest ? listKey(project, 'merge_request', mergeRequest) : listKey(project)
}

const decisionKey = (project: number, fact: string) => key(`p${project}`, 'decision', fact)
const projectKey = (path: string) => key('projects', path)

/** Decisions by the fact that they are about: decided once, performed until done, kept for 30 days. */
export function createDecisionStore(redis: RedisClient) {
  const nameOf = ({ event, fact }: SavedDecision) => decisionKey(event.project.id, fact)

  async function load(project: number, fact: string): Promise<SavedDecision | null> {
    const bytes = await redis.getBuffer(decisionKey(project, fact))
    return bytes ? decode(bytes) : null
  }

  /**
   * Saves and lists in one step: a decision that is saved but not listed would never be found by people.
   *
   * @returns what was saved first: another worker may have decided about the same fact in the meantime
   */
  async function save(decision: SavedDecision): Promise<SavedDecision> {
    const { project } = decision.event
    const step = redis.multi().set(nameOf(decision), encode(decision), 'EX', retentionSeconds, 'NX')
    for (const name of listsOf(decision)) step.zadd(name, decision.at, decision.fact).expire(name, retentionSeconds)
    step.zremrangebyscore(listKey(project.id), 0, decision.at - retentionSeconds * 1000)
    if (project.path) await redis.set(projectKey(project.path), project.id, 'EX', retentionSeconds)
    const [saved] = (await step.exec()) ?? []
    if (saved?.[0]) throw saved[0]
    return saved?.[1] === 'OK' ? decision : ((await load(project.id, decision.fact)) ?? decision)
  }

  /** Newest first. */
  async function find(filter: DecisionFilter): Promise<SavedDecision[]> {
    const { project, mergeRequest, limit = 100, factsFrom = '' } = filter
    const facts = await redis.zrevrange(shortestList(filter), 0, limit - 1)
    const wanted = facts.filter((fact) => fact.startsWith(factsFrom))
    const found = await Promise.all(wanted.map((fact) => load(project, fact)))
    const kept = found.filter((decision) => decision !== null)
    return mergeRequest ? kept.filter((decision) => subjectOf(decision).mergeRequest === mergeRequest) : kept
  }

  return {
    load,
    save,
    find,
    /** Records how far the performing got. */
    update: async (decision: SavedDecision): Promise<void> =>
      void (await redis.set(nameOf(decision), encode(decision), 'EX', retentionSeconds)),
    /** As if it had never been decided. */
    async forget(decision: SavedDecision): Promise<void> {
      const step = redis.multi().del(nameOf(decision))
      for (const name of listsOf(decision)) step.zrem(name, decision.fact)
      await step.exec()
    },
    /** @returns null for a project about which nothing was decided */
    projectId: async (path: string): Promise<number | null> => asId(await redis.get(projectKey(path))),
  }
}

export type DecisionStore = ReturnType<typeof createDecisionStore>
