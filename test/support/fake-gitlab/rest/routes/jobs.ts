import { z } from 'zod'
import { cancelJob } from '../../ci/cancel.ts'
import { changeJob } from '../../ci/jobs.ts'
import { updatePipeline } from '../../ci/process.ts'
import { isRetryable, retryJob } from '../../ci/retry.ts'
import { allStatuses } from '../../ci/statuses.ts'
import { bridgeEntity, jobEntity } from '../entities/job.ts'
import { badRequest, forbidden } from '../errors.ts'
import { findBuild, findProcessable, requireRightOnRef } from '../find.ts'
import { paged, pageParams } from '../pages.ts'
import { flag, listOf } from '../params.ts'
import { created, ok, plainText, projectRoute, type Route } from '../route.ts'

const variables = z.array(z.object({ key: z.string(), value: z.string() })).optional()

export const jobRoutes: Route[] = [
  /** Newest first, and never with totals. */
  projectRoute(
    'GET',
    '/jobs',
    { role: 'reporter' },
    { scope: listOf(z.enum(allStatuses)).optional(), ...pageParams },
    (call) => {
      const scope = call.params.scope ?? allStatuses
      const builds = call.project.pipelines.flatMap((pipeline) => pipeline.jobs).filter((job) => job.kind === 'build')
      const found = builds.filter((job) => scope.some((status) => status === job.status))
      found.sort((one, other) => other.id - one.id)
      return paged(call, found, (job) => jobEntity(call.world, job), { count: false })
    },
  ),
  projectRoute('GET', '/jobs/:job_id', { role: 'reporter' }, {}, (call) => ok(jobEntity(call.world, findBuild(call)))),
  projectRoute('GET', '/jobs/:job_id/trace', { role: 'reporter' }, {}, (call) => plainText(findBuild(call).trace)),
  /** A finished job is returned unchanged. */
  projectRoute('POST', '/jobs/:job_id/cancel', { role: 'developer' }, { force: flag.optional() }, (call) => {
    const job = findBuild(call)
    requireRightOnRef(call, job.pipeline.ref)
    cancelJob(call.world, job)
    return created(jobEntity(call.world, job))
  }),
  /** Answers with the new job; the old id can be retried only once. */
  projectRoute(
    'POST',
    '/jobs/:job_id/retry',
    { role: 'developer' },
    { job_variables_attributes: variables },
    (call) => {
      const job = findProcessable(call)
      requireRightOnRef(call, job.pipeline.ref)
      if (!isRetryable(job)) throw forbidden('Job is not retryable')
      const attempt = retryJob(call.world, job, call.user)
      return created(attempt.kind === 'bridge' ? bridgeEntity(call.world, attempt) : jobEntity(call.world, attempt))
    },
  ),
  projectRoute('POST', '/jobs/:job_id/play', { role: 'developer' }, { job_variables_attributes: variables }, (call) => {
    const job = findProcessable(call)
    requireRightOnRef(call, job.pipeline.ref)
    if (job.status !== 'manual' && job.status !== 'scheduled') throw badRequest('Unplayable Job')
    job.user = call.user
    changeJob(call.world, job, 'pending')
    updatePipeline(call.world, job.pipeline)
    return ok(jobEntity(call.world, job))
  }),
]
