import type { Job } from '../../gitlab/types.ts'
import { problem, sizeText } from './problems.ts'
import type { ArtifactLimits, ArtifactOutcome, ArtifactProblem } from './types.ts'

/** Nothing of the artifacts was read. */
export const without = (state: ArtifactOutcome['state'], found: ArtifactProblem): ArtifactOutcome => ({
  state,
  files: 0,
  problems: [found],
})

export const isPastExpiry = ({ artifactsExpireAt }: Job, now: number): boolean =>
  artifactsExpireAt !== null && Date.parse(artifactsExpireAt) <= now

/** Archives of the newest pipelines outlive their date, so GitLab is asked before one is called expired. */
export const expired = (job: Job, now: number): ArtifactOutcome => {
  const why = isPastExpiry(job, now)
    ? `the artifacts expired at ${job.artifactsExpireAt}`
    : 'GitLab has the artifacts no more (404): they were erased or have expired'
  return without('expired', problem(null, 'expired', why))
}

/** GitLab's own files of a job: its log, and the list of what is in the archive. */
const ownTypes: ReadonlySet<string> = new Set(['trace', 'metadata'])

const noArchive = (job: Job, now: number): ArtifactOutcome => {
  if (isPastExpiry(job, now)) return expired(job, now)
  const reports = job.artifacts.map(({ fileType }) => fileType).filter((type) => !ownTypes.has(type))
  const why =
    reports.length === 0
      ? 'the job keeps no files: name them in artifacts:paths'
      : `GitLab keeps the reports of the job (${reports.join(', ')}) to itself: name their files in artifacts:paths, too`
  return without('none', problem(null, 'none', why))
}

/** What the job itself says against fetching its archive; null: nothing. */
export const spokenAgainst = (job: Job, now: number): ArtifactOutcome | null =>
  job.artifacts.some(({ fileType }) => fileType === 'archive') ? null : noArchive(job, now)

/** An archive that is too large is not even asked for. */
export const tooLarge = (job: Job, limits: ArtifactLimits): ArtifactOutcome | null => {
  const size = job.artifacts.find(({ fileType }) => fileType === 'archive')?.size ?? 0
  if (size <= limits.archive) return null
  const why = `it has ${sizeText(size)}, more than the ${sizeText(limits.archive)} that are read`
  return without('unreadable', problem(null, 'too_large', why))
}
