import { GitLabError, isRefusal, isTooLarge } from '../../gitlab/errors.ts'
import type { ArtifactProblem, ArtifactProblemKind } from './types.ts'

const longestName = 300

/** `512 MB`; a small size in bytes. */
export const sizeText = (bytes: number): string =>
  bytes < 10 * 1024 * 1024 ? `${bytes} bytes` : `${Math.round(bytes / (1024 * 1024))} MB`

export const problem = (path: string | null, what: ArtifactProblemKind, why: string): ArtifactProblem => ({
  path: path === null ? null : path.slice(0, longestName),
  what,
  why,
})

/** What a refusal of GitLab means for people; anything that may be over later is thrown again. */
export const problemOfRefusal = (path: string | null, error: unknown, limit: number): ArtifactProblem => {
  if (isTooLarge(error))
    return problem(path, 'too_large', `it is larger than ${sizeText(limit)}, the most that is read`)
  if (!isRefusal(error)) throw error
  const what = error.status === 401 || error.status === 403 ? 'forbidden' : 'refused'
  return problem(path, what, error.message)
}

export const isNotFound = (error: unknown): boolean => error instanceof GitLabError && error.kind === 'not_found'

/** Problems of one archive, which may hold any number of bad entries. */
export const createProblems = (most: number) => {
  const told: ArtifactProblem[] = []
  let untold = 0
  return {
    add(next: ArtifactProblem): void {
      if (told.length < most) told.push(next)
      else untold += 1
    },
    list(): ArtifactProblem[] {
      const last = told.at(-1)
      if (untold === 0 || last === undefined) return told
      return [...told.slice(0, -1), { ...last, why: `${last.why}; and ${untold} more problems` }]
    },
  }
}
