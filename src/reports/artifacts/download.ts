import { randomUUID } from 'node:crypto'
import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { GitLabReader } from '../../gitlab/faces.ts'
import type { Job } from '../../gitlab/types.ts'
import { isNotFound, problemOfRefusal } from './problems.ts'
import type { ArtifactLimits, ArtifactProblem } from './types.ts'

export type DownloadDeps = {
  gitlab: Pick<GitLabReader, 'artifactArchive' | 'artifactFileTo'>
  temporaryFolder: string
  limits: ArtifactLimits
}

/** A file on disk, or why there is none; `missing`: GitLab knows none. */
export type Download = { path: string; size: number } | { problem: ArtifactProblem } | 'missing'

/** Downloads of artifacts into files that are gone after their use. */
export const createDownload = ({ gitlab, temporaryFolder, limits }: DownloadDeps) => {
  const fetch = ({ id, pipeline }: Job, member: string | null, path: string): Promise<number> =>
    member === null
      ? gitlab.artifactArchive(pipeline.project, id, path, { maxBytes: limits.archive })
      : gitlab.artifactFileTo(pipeline.project, id, member, path, { maxBytes: limits.file })

  const download = async (job: Job, member: string | null, path: string): Promise<Download> => {
    try {
      return { path, size: await fetch(job, member, path) }
    } catch (error) {
      if (isNotFound(error)) return 'missing'
      return { problem: problemOfRefusal(member, error, member === null ? limits.archive : limits.file) }
    }
  }

  /**
   * Fetches one file of the archive, or the archive itself for `null`, and lets `use` read it.
   *
   * @throws GitLabError when asking again later may help, and whatever `use` throws
   */
  return async <Result>(
    job: Job,
    member: string | null,
    use: (download: Download) => Promise<Result>,
  ): Promise<Result> => {
    await mkdir(temporaryFolder, { recursive: true })
    const path = join(temporaryFolder, `pipewarden-${randomUUID()}`)
    try {
      return await use(await download(job, member, path))
    } finally {
      await rm(path, { force: true })
    }
  }
}
