import { deflateSync, inflateSync } from 'node:zlib'
import type { Action } from '../action.ts'
import type { GitLabEvent } from '../event.ts'
import type { RedisClient } from '../redis/connect.ts'
import { key } from '../redis/keys.ts'

/** How one action went: null while it is still to be done. */
export type Outcome = {
  at: number
  result: 'done' | 'already so' | 'dry run' | 'refused'
  detail?: string
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
}

export type DecisionFilter = {
  project: number
  mergeRequest?: number
  pipeline?: number
  limit?: number
}

const keptSeconds = 30 * 86_400

/** A decision is saved in about a third of its size; short ones are not worth the work. */
const deflateAbove = 400

/** Saved facts are for reading: options that everybody can look up in the configuration are left out. */
const withoutOptions = (name: string, value: unknown) => (name === 'options' ? undefined : value)

function encode(decision: SavedDecision): Buffer {
  const json = Buffer.from(JSON.stringify(decision, withoutOptions))
  return json.length > deflateAbove ? deflateSync(json) : json
}

/** JSON starts with `{`, the zlib format with `x`. */
function decode(bytes: Buffer): SavedDecision {
  const json = bytes[0] === 0x7b ? bytes : inflateSync(bytes)
  return JSON.parse(json.toString('utf8')) as SavedDecision
}

/** Where a decision is listed: by project, and by the merge request and the pipeline that it is about. */
function listsOf({ event }: SavedDecision): string[] {
  const about = event as {
    mergeRequest?: number | null
    pipeline?: number | null
  }
  return [
    listKey(event.project.id),
    ...(about.mergeRequest ? [listKey(event.project.id, 'merge_request', about.mergeRequest)] : []),
    ...(about.pipeline ? [listKey(event.project.id, 'pipeline', about.pipeline)] : []),
  ]
}

const listKey = (project: number, ...about: (string | number)[]) => key(`p${project}`, 'decisions', ...about)
const decisionKey = (project: number, fact: string) => key(`p${project}`, 'decision', fact)
const projectKey = (path: string) => key('projects', path)

/** Decisions by the fact that they are about: decided once, performed until done, kept for 30 days. */
export function createDecisionStore(redis: RedisClient) {
  const write = (decision: SavedDecision, onlyNew: boolean) => {
    const name = decisionKey(decision.event.project.id, decision.fact)
    return onlyNew
      ? redis.set(name, encode(decision), 'EX', keptSeconds, 'NX')
      : redis.set(name, encode(decision), 'EX', keptSeconds)
  }

  async function load(project: number, fact: string): Promise<SavedDecision | null> {
    const bytes = await redis.getBuffer(decisionKey(project, fact))
    return bytes ? decode(bytes) : null
  }

  /** @returns what was saved first: another worker may have decided about the same fact in the meantime */
  async function save(decision: SavedDecision): Promise<SavedDecision> {
    const saved = await write(decision, true)
    if (saved === null) return (await load(decision.event.project.id, decision.fact)) ?? decision
    await list(decision)
    return decision
  }

  async function list(decision: SavedDecision) {
    const { project } = decision.event
    const expired = decision.at - keptSeconds * 1000
    const batch = redis.pipeline()
    for (const name of listsOf(decision)) {
      batch.zadd(name, decision.at, decision.fact).expire(name, keptSeconds)
    }
    batch.zremrangebyscore(listKey(project.id), 0, expired)
    await batch.exec()
    if (project.path) await redis.set(projectKey(project.path), project.id, 'EX', keptSeconds)
  }

  /** Newest first. */
  async function find({ project, mergeRequest, pipeline, limit = 100 }: DecisionFilter): Promise<SavedDecision[]> {
    const name = pipeline
      ? listKey(project, 'pipeline', pipeline)
      : mergeRequest
        ? listKey(project, 'merge_request', mergeRequest)
        : listKey(project)
    const facts = await redis.zrevrange(name, 0, limit - 1)
    const found = await Promise.all(facts.map((fact) => load(project, fact)))
    return found.filter((decision) => decision !== null)
  }

  return {
    load,
    save,
    find,
    /** Records how far the performing got. */
    update: async (decision: SavedDecision): Promise<void> => void (await write(decision, false)),
    /** @returns null for a project about which nothing was decided */
    async projectId(path: string): Promise<number | null> {
      const id = await redis.get(projectKey(path))
      return id === null ? null : Number(id)
    },
  }
}

export type DecisionStore = ReturnType<typeof createDecisionStore>
