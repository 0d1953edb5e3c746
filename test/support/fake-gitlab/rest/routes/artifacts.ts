import { createHash } from 'node:crypto'
import { buffer } from 'node:stream/consumers'
import { ZipFile } from 'yazl'
import { latestJobs } from '../../ci/statuses.ts'
import type { Job } from '../../types.ts'
import { ApiError, notFound } from '../errors.ts'
import { findBuild } from '../find.ts'
import { text } from '../params.ts'
import { type Answer, ok, type ProjectCall, projectRoute, type Route } from '../route.ts'

type Files = Record<string, string | Buffer>

const zip = (files: Files, at: Date): Promise<Buffer> => {
  const archive = new ZipFile()
  for (const [path, content] of Object.entries(files)) archive.addBuffer(Buffer.from(content), path, { mtime: at })
  archive.end()
  return buffer(archive.outputStream)
}

/** None, expired, or not uploaded yet: all the same 404. */
const filesOf = (job: Job): Files => {
  if (job.artifacts === null || job.artifactsExpired) throw notFound()
  return job.artifacts
}

const archive = async (call: ProjectCall<unknown>, job: Job): Promise<Answer> => {
  const files = filesOf(job)
  const content = job.archive ?? (await zip(files, new Date(job.createdAt)))
  if (call.world.behaviour.artifactsElsewhere) {
    const location = call.world.storage.put(content)
    return { status: 302, body: '', headers: { location, 'content-type': 'text/plain' } }
  }
  const sum = createHash('sha256').update(content).digest('hex')
  return ok(content, { 'content-type': 'application/zip', etag: `"${sum}"` })
}

/** One file out of the archive; GitLab unpacks it itself, so there is no redirect. */
const single = (job: Job, path: string): Answer => {
  const files = filesOf(job)
  if (path.split('/').includes('..')) throw new ApiError(400, { message: '400 Bad request' })
  const content = Object.hasOwn(files, path) ? files[path] : undefined
  if (content === undefined) throw notFound()
  const bytes = Buffer.from(content)
  const sum = createHash('sha256').update(path).update(bytes).digest('hex')
  return ok(bytes, { 'content-type': 'application/octet-stream', etag: `"${sum}"` })
}

/** Of the newest pipeline that succeeded: a failing pipeline's artifacts are not found by ref. */
const jobOfRef = (call: ProjectCall<{ job: string }>): Job => {
  const newest = call.project.pipelines.findLast(
    (pipeline) =>
      pipeline.ref === call.segment('ref') && pipeline.status === 'success' && pipeline.source !== 'parent_pipeline',
  )
  const job = newest && latestJobs(newest).find((candidate) => candidate.name === call.params.job)
  if (job === undefined) throw notFound()
  return job
}

const options = { role: 'reporter', jobToken: true } as const

export const artifactRoutes: Route[] = [
  projectRoute('GET', '/jobs/artifacts/:ref{.+}/download', options, { job: text }, (call) =>
    archive(call, jobOfRef(call)),
  ),
  projectRoute('GET', '/jobs/artifacts/:ref{.+}/raw/:path{.+}', options, { job: text }, (call) =>
    single(jobOfRef(call), call.segment('path')),
  ),
  projectRoute('GET', '/jobs/:job_id/artifacts', options, {}, (call) => archive(call, findBuild(call))),
  projectRoute('GET', '/jobs/:job_id/artifacts/:path{.+}', options, {}, (call) =>
    single(findBuild(call), call.segment('path')),
  ),
]
