import type { CiStatus } from '../../../src/event.ts'
import type { Job } from '../../../src/gitlab/types.ts'
import type { RedisClient } from '../../../src/redis/connect.ts'
import { key } from '../../../src/redis/keys.ts'
import type { JobResults } from './read-job.ts'

/** A pipeline's attempts are judged together, over hours; what was forgotten by then is read from GitLab again. */
const keptSeconds = 6 * 3_600
/** Larger results are read again rather than kept. */
const bytesKept = 2 * 1024 * 1024
/** A job whose archives never hold a report is asked again the next day. */
const barrenSeconds = 86_400
const barrenAfter = 3

/** What attempts showed, kept from their failure on: a retry hides them from GitLab's own report. */
export type ResultCache = {
  load(project: number, job: number): Promise<JobResults | null>
  save(job: Job, results: JobResults): Promise<void>
  /** Attempts of this commit whose results were read, in all pipelines. */
  ofCommit(project: number, sha: string): Promise<CommitJob[]>
  /** Whether the last archives of jobs of this name held no report. */
  isBarren(project: number, name: string): Promise<boolean>
  /** @param barren false when an archive did hold one */
  noteBarren(project: number, name: string, barren: boolean): Promise<void>
}

export type CommitJob = {
  id: number
  name: string
  pipeline: number
  status: CiStatus
  failureReason: string | null
  /** Tests that failed. */
  failed: number
}

const commitSeconds = 3 * 86_400

export const createResultCache = (redis: RedisClient): ResultCache => {
  const resultKey = (project: number, job: number) => key(`p${project}`, 'results', job)
  const commitKey = (project: number, sha: string) => key(`p${project}`, 'commit', sha)
  const barrenKey = (project: number) => key(`p${project}`, 'barren')
  return {
    async load(project, job) {
      const [about, packed] = await redis.hmgetBuffer(resultKey(project, job), 'about', 'packed')
      if (!about) return null
      return { ...(JSON.parse(about.toString('utf8')) as Omit<JobResults, 'packed'>), packed: packed ?? null }
    },
    async save({ id, name, status, failureReason, pipeline: { id: pipeline, project, sha } }, { packed, ...about }) {
      if (packed && packed.length > bytesKept) return
      const [results, commit] = [resultKey(project, id), commitKey(project, sha)]
      const fields = { about: JSON.stringify(about), ...(packed && { packed: Buffer.from(packed) }) }
      const batch = redis.multi().hset(results, fields).expire(results, keptSeconds)
      if (packed) {
        const told: CommitJob = { id, name, pipeline, status, failureReason, failed: about.failed }
        batch.hset(commit, id, JSON.stringify(told)).expire(commit, commitSeconds)
      }
      await batch.exec()
    },
    ofCommit: async (project, sha) =>
      (await redis.hvals(commitKey(project, sha))).map((text) => JSON.parse(text) as CommitJob),
    isBarren: async (project, name) => Number(await redis.hget(barrenKey(project), name)) >= barrenAfter,
    async noteBarren(project, name, barren) {
      if (!barren) return void (await redis.hdel(barrenKey(project), name))
      await redis.multi().hincrby(barrenKey(project), name, 1).expire(barrenKey(project), barrenSeconds, 'NX').exec()
    },
  }
}

/** Remembers nothing, for a look that must leave nothing behind. */
export const noResultCache: ResultCache = {
  load: async () => null,
  save: async () => undefined,
  ofCommit: async () => [],
  isBarren: async () => false,
  noteBarren: async () => undefined,
}
