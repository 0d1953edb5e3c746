import { createReadStream } from 'node:fs'
import { tmpdir } from 'node:os'
import type { Job } from '../../gitlab/types.ts'
import { pathMatcher } from '../../match.ts'
import { readArchive } from './archive.ts'
import { createDownload, type Download, type DownloadDeps } from './download.ts'
import { expired, isPastExpiry, spokenAgainst, tooLarge, without } from './outcomes.ts'
import { plainPaths } from './plain-paths.ts'
import { createSlots } from './slots.ts'
import {
  type ArtifactFile,
  type ArtifactLimits,
  type ArtifactOutcome,
  type ArtifactProblem,
  defaultArtifactLimits,
} from './types.ts'

export type ArtifactReaderDeps = {
  gitlab: DownloadDeps['gitlab']
  /** Where archives lie while they are read; the system's own when left out. */
  temporaryFolder?: string
  limits?: Partial<ArtifactLimits>
  /** Milliseconds since the epoch. */
  now?: () => number
}

type Handle = (file: ArtifactFile) => Promise<void>

export type ArtifactReader = {
  /**
   * Hands each file of a job's artifacts whose path fits one of the globs to `handle`, one after the other. What cannot
   * be read is told by the outcome.
   *
   * @throws GitLabError when asking again later may help, and whatever `handle` throws
   */
  readMatching(job: Job, patterns: readonly string[], handle: Handle): Promise<ArtifactOutcome>
}

/** Reads files out of the artifacts of jobs. */
export const createArtifactReader = (deps: ArtifactReaderDeps): ArtifactReader => {
  const { gitlab, temporaryFolder = tmpdir(), now = Date.now } = deps
  const limits = { ...defaultArtifactLimits, ...deps.limits }
  const download = createDownload({ gitlab, temporaryFolder, limits })
  const inSlot = createSlots(limits.atOnce)

  const handOver = async (member: string, file: Download, handle: Handle): Promise<ArtifactProblem | boolean> => {
    if (file === 'missing') return false
    if ('problem' in file) return file.problem
    await handle({ path: member, size: file.size, open: async () => createReadStream(file.path) })
    return true
  }

  const readFiles = async (job: Job, paths: string[], handle: Handle): Promise<ArtifactOutcome> => {
    const outcome: ArtifactOutcome = { state: 'read', files: 0, problems: [] }
    for (const path of paths) {
      const result = await download(job, path, (file) => handOver(path, file, handle))
      if (result === true) outcome.files += 1
      if (typeof result === 'object') outcome.problems.push(result)
    }
    const isNothing = outcome.files === 0 && outcome.problems.length === 0
    // The 404 of a file that is not in the archive is that of an archive that is gone.
    return isNothing && isPastExpiry(job, now()) ? expired(job, now()) : outcome
  }

  const readWhole = async (job: Job, patterns: readonly string[], handle: Handle): Promise<ArtifactOutcome> =>
    tooLarge(job, limits) ??
    download(job, null, async (file) => {
      if (file === 'missing') return expired(job, now())
      if ('problem' in file) return without('unreadable', file.problem)
      return readArchive(file.path, { limits, wants: pathMatcher(patterns), handle })
    })

  return {
    readMatching: async (job, patterns, handle) => {
      const against = spokenAgainst(job, now())
      if (against !== null) return against
      const paths = plainPaths(patterns, limits.singleFiles)
      return inSlot(() => (paths === null ? readWhole(job, patterns, handle) : readFiles(job, paths, handle)))
    },
  }
}
