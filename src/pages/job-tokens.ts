import { createHash } from 'node:crypto'
import type { GitLabReader } from '../gitlab/faces.ts'

/** The project of the running job that a `CI_JOB_TOKEN` belongs to. */
export type JobTokens = {
  /** @returns null for a token that GitLab does not accept */
  projectOf(token: string): Promise<number | null>
}

/** A job asks once for each of its parallel processes; a job that has ended may ask for so long. */
const keptMs = 60_000
const refusedMs = 10_000
const tokensKept = 5_000
/** Longer than any token; what is longer is not even asked about. */
const longestToken = 4_096

/** Asks GitLab, and remembers its answer for a short time, by a digest: no token is kept. */
export function createJobTokens(gitlab: Pick<GitLabReader, 'jobOfToken'>, now: () => number = Date.now): JobTokens {
  const known = new Map<string, { project: Promise<number | null>; until: number }>()

  async function ask(token: string): Promise<number | null> {
    const job = await gitlab.jobOfToken(token)
    return job?.pipeline.project || null
  }

  function remember(digest: string, project: Promise<number | null>): void {
    const entry = { project, until: now() + keptMs }
    if (known.size >= tokensKept) known.delete(known.keys().next().value ?? digest)
    known.set(digest, entry)
    project.then(
      (id) => {
        if (id === null) entry.until = now() + refusedMs
      },
      () => known.delete(digest),
    )
  }

  return {
    async projectOf(token) {
      if (token.length > longestToken) return null
      const digest = createHash('sha256').update(token).digest('base64url')
      const entry = known.get(digest)
      if (entry && entry.until > now()) return entry.project
      const project = ask(token)
      remember(digest, project)
      return project
    },
  }
}
