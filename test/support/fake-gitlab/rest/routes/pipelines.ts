import { z } from 'zod'
import { cancelPipeline } from '../../ci/cancel.ts'
import { addPipeline } from '../../ci/pipelines.ts'
import { retryPipeline } from '../../ci/retry.ts'
import { allStatuses, isCompleted, latestJobs } from '../../ci/statuses.ts'
import { branchSha } from '../../git.ts'
import type { Pipeline, Project } from '../../types.ts'
import { bridgeEntity, jobEntity } from '../entities/job.ts'
import { pipelineBasic, pipelineEntity } from '../entities/pipeline.ts'
import { ApiError, forbidden } from '../errors.ts'
import { findPipeline, requireRightOnRef } from '../find.ts'
import { paged, pageParams } from '../pages.ts'
import { flag, listOf, sort, text, time } from '../params.ts'
import { created, ok, type ProjectCall, projectRoute, type Route } from '../route.ts'

const listParams = {
  scope: z.enum(['running', 'pending', 'finished', 'branches', 'tags']).optional(),
  status: z.enum(allStatuses).optional(),
  ref: text.optional(),
  sha: text.optional(),
  source: text.optional(),
  username: text.optional(),
  updated_after: time,
  updated_before: time,
  created_after: time,
  created_before: time,
  order_by: z.enum(['id', 'status', 'ref', 'updated_at', 'user_id']).optional(),
  sort,
  ...pageParams,
}
type ListParams = z.infer<z.ZodObject<typeof listParams>>

const inScope = (pipeline: Pipeline, scope: ListParams['scope']): boolean => {
  if (scope === undefined) return true
  if (scope === 'finished') return isCompleted(pipeline.status)
  if (scope === 'branches') return !pipeline.tag
  if (scope === 'tags') return pipeline.tag
  return pipeline.status === scope
}

const matches = (pipeline: Pipeline, params: ListParams): boolean =>
  inScope(pipeline, params.scope) &&
  (params.status === undefined || pipeline.status === params.status) &&
  (params.ref === undefined || pipeline.ref === params.ref) &&
  (params.sha === undefined || pipeline.sha === params.sha) &&
  // Child pipelines are listed only when asked for.
  (params.source === undefined ? pipeline.source !== 'parent_pipeline' : pipeline.source === params.source) &&
  (params.username === undefined || pipeline.user.username === params.username) &&
  pipeline.updatedAt >= (params.updated_after ?? 0) &&
  pipeline.updatedAt <= (params.updated_before ?? Number.POSITIVE_INFINITY) &&
  pipeline.createdAt >= (params.created_after ?? 0) &&
  pipeline.createdAt <= (params.created_before ?? Number.POSITIVE_INFINITY)

const sortKey = (pipeline: Pipeline, by: NonNullable<ListParams['order_by']>): number | string =>
  ({
    id: pipeline.id,
    status: pipeline.status,
    ref: pipeline.ref,
    updated_at: pipeline.updatedAt,
    user_id: pipeline.user.id,
  })[by]

const listed = (project: Project, params: ListParams): Pipeline[] => {
  const by = params.order_by ?? 'id'
  const found = project.pipelines.filter((pipeline) => matches(pipeline, params))
  found.sort((one, other) => (sortKey(one, by) < sortKey(other, by) ? -1 : 1))
  return params.sort === 'asc' ? found : found.reverse()
}

const variables = z.array(z.looseObject({ key: z.string(), value: z.string() })).optional()

/** @throws ApiError 400 when the rules leave no job for this source and ref. */
const createPipeline = (
  call: ProjectCall<unknown>,
  spec: { ref: string; source: string; variables: { key: string; value: string }[] | undefined },
): Pipeline => {
  const { world, project, user } = call
  requireRightOnRef(call, spec.ref)
  const refuse = (reason: string) => new ApiError(400, { message: { base: [reason] } })
  if (branchSha(project, spec.ref) === null) throw refuse('Reference not found')
  const jobs = project.jobsFor(spec)
  if (jobs.length === 0) throw refuse('The rules configuration prevented any jobs from being added to the pipeline.')
  return addPipeline(world, project, { ...spec, variables: spec.variables ?? [], user, jobs })
}

const bridges = (
  call: ProjectCall<{ scope?: string[] | undefined; page?: number | undefined; per_page?: number | undefined }>,
) => {
  const found = latestJobs(findPipeline(call)).filter((job) => job.kind === 'bridge')
  const scope = call.params.scope ?? allStatuses
  return paged(
    call,
    found.filter((job) => scope.includes(job.status)),
    (job) => bridgeEntity(call.world, job),
  )
}

const scopeParam = { scope: listOf(z.enum(allStatuses)).optional() }

export const pipelineRoutes: Route[] = [
  projectRoute('GET', '/pipelines', { role: 'reporter' }, listParams, (call) =>
    paged(call, listed(call.project, call.params), (pipeline) => pipelineBasic(call.world, pipeline)),
  ),
  projectRoute(
    'GET',
    '/pipelines/latest',
    { role: 'reporter' },
    { ref: text.optional() },
    ({ world, project, params }) => {
      const ref = params.ref ?? project.defaultBranch
      const sha = branchSha(project, ref)
      const newest = project.pipelines.findLast((pipeline) => pipeline.ref === ref && pipeline.sha === sha)
      // Not 404: "no pipeline" is answered as if it was forbidden.
      if (newest === undefined) throw forbidden()
      return ok(pipelineEntity(world, newest))
    },
  ),
  projectRoute('GET', '/pipelines/:pipeline_id', { role: 'reporter' }, {}, (call) =>
    ok(pipelineEntity(call.world, findPipeline(call))),
  ),
  projectRoute('POST', '/pipeline', { role: 'developer' }, { ref: text, variables }, (call) =>
    created(
      pipelineEntity(
        call.world,
        createPipeline(call, { ...call.params, variables: call.params.variables, source: 'api' }),
      ),
    ),
  ),
  projectRoute(
    'GET',
    '/pipelines/:pipeline_id/jobs',
    { role: 'reporter' },
    { include_retried: flag.optional(), ...scopeParam, ...pageParams },
    (call) => {
      const pipeline = findPipeline(call)
      const all = call.params.include_retried ? pipeline.jobs : latestJobs(pipeline)
      const scope = call.params.scope ?? allStatuses
      const found = all.filter((job) => job.kind === 'build' && scope.some((status) => status === job.status))
      found.sort((one, other) => other.id - one.id)
      return paged(call, found, (job) => jobEntity(call.world, job))
    },
  ),
  projectRoute(
    'GET',
    '/pipelines/:pipeline_id/bridges',
    { role: 'reporter' },
    { ...scopeParam, ...pageParams },
    bridges,
  ),
  projectRoute(
    'GET',
    '/pipelines/:pipeline_id/trigger_jobs',
    { role: 'reporter' },
    { ...scopeParam, ...pageParams },
    (call) => {
      if (!call.world.behaviour.triggerJobs) throw new ApiError(404, { error: '404 Not Found' })
      return bridges(call)
    },
  ),
  projectRoute('GET', '/pipelines/:pipeline_id/variables', { role: 'developer' }, {}, (call) =>
    ok(findPipeline(call).variables.map((variable) => ({ variable_type: 'env_var', raw: false, ...variable }))),
  ),
  /** Always 200 with the pipeline, also when nothing was or will be cancelled. */
  projectRoute('POST', '/pipelines/:pipeline_id/cancel', { role: 'developer' }, {}, (call) => {
    const { world } = call
    const pipeline = findPipeline(call)
    requireRightOnRef(call, pipeline.ref)
    if (!world.behaviour.throttleCancel) {
      world.after(world.behaviour.cancelDelay, () => cancelPipeline(world, pipeline))
    }
    return ok(pipelineEntity(world, pipeline))
  }),
  /** Nothing to retry has no effect and is a success too. */
  projectRoute('POST', '/pipelines/:pipeline_id/retry', { role: 'developer' }, {}, (call) => {
    const pipeline = findPipeline(call)
    requireRightOnRef(call, pipeline.ref)
    retryPipeline(call.world, pipeline, call.user)
    return created(pipelineEntity(call.world, pipeline))
  }),
]
