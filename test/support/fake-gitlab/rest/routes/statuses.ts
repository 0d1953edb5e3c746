import { z } from 'zod'
import {
  branchWith,
  externalPipeline,
  ownUnfinishedStatus,
  refusedTransition,
  type StatusSpec,
  setStatus,
  settableStates,
  statusPipeline,
} from '../../ci/commit-statuses.ts'
import type { Job, Pipeline } from '../../types.ts'
import type { World } from '../../world.ts'
import { apiTime, userEntity } from '../entities/common.ts'
import { ApiError, notFound } from '../errors.ts'
import { commitOf } from '../find.ts'
import { paged, pageParams } from '../pages.ts'
import { flag, float, integer, sort, text } from '../params.ts'
import { created, type ProjectCall, projectRoute, type Route } from '../route.ts'

const statusEntity = (world: World, job: Job) => ({
  id: job.id,
  sha: job.pipeline.sha,
  ref: job.external?.ref ?? job.pipeline.ref,
  status: job.status,
  name: job.name,
  target_url: job.external?.targetUrl ?? null,
  description: job.external?.description ?? null,
  created_at: apiTime(job.createdAt),
  started_at: apiTime(job.startedAt),
  finished_at: apiTime(job.finishedAt),
  allow_failure: job.allowFailure,
  coverage: job.external?.coverage ?? null,
  pipeline_id: job.pipeline.id,
  author: userEntity(world, job.user),
})

const pipelineFor = (call: ProjectCall<unknown>, sha: string, spec: StatusSpec): Pipeline => {
  const found = statusPipeline(call.project, sha, spec)
  if (found !== null) return found
  if (spec.pipelineId !== undefined) throw notFound('Pipeline for pipeline_id, sha and ref')
  const ref = spec.ref ?? branchWith(call.project, sha)
  if (ref === null) throw notFound('References for commit')
  return externalPipeline(call.world, call.project, sha, ref, call.user)
}

const post = {
  state: z.enum(settableStates),
  ref: text.optional(),
  name: text.optional(),
  context: text.optional(),
  target_url: text.max(255).optional(),
  description: text.max(255).optional(),
  coverage: float.optional(),
  pipeline_id: integer.optional(),
}

const get = {
  ref: text.optional(),
  stage: text.optional(),
  name: text.optional(),
  pipeline_id: integer.optional(),
  all: flag.optional(),
  order_by: z.enum(['id', 'pipeline_id']).optional(),
  sort,
  ...pageParams,
}

export const statusRoutes: Route[] = [
  projectRoute('POST', '/statuses/:sha', { role: 'developer' }, post, (call) => {
    const { world, user, params } = call
    const { sha } = commitOf(call)
    const spec: StatusSpec = {
      state: params.state,
      name: params.name ?? params.context ?? 'default',
      ref: params.ref,
      pipelineId: params.pipeline_id,
      targetUrl: params.target_url,
      description: params.description,
      coverage: params.coverage,
    }
    const pipeline = pipelineFor(call, sha, spec)
    const known = ownUnfinishedStatus(pipeline, spec, user)
    const refused = refusedTransition(known?.status ?? 'created', spec.state)
    if (refused !== null) throw new ApiError(400, { message: refused })
    return created(statusEntity(world, setStatus(world, pipeline, known, spec, user)))
  }),
  /** Jobs are statuses too, so they are listed with those from outside. */
  projectRoute('GET', '/repository/commits/:sha/statuses', { role: 'reporter' }, get, (call) => {
    const { params } = call
    const { sha } = commitOf(call)
    const found = call.project.pipelines
      .filter((pipeline) => pipeline.sha === sha)
      .filter((pipeline) => params.pipeline_id === undefined || pipeline.id === params.pipeline_id)
      .flatMap((pipeline) => pipeline.jobs)
      .filter((job) => params.all || !job.retried)
      .filter((job) => params.name === undefined || job.name === params.name)
      .filter((job) => params.stage === undefined || job.stage === params.stage)
      .filter((job) => params.ref === undefined || (job.external?.ref ?? job.pipeline.ref) === params.ref)
    const key = (job: Job): number => (params.order_by === 'pipeline_id' ? job.pipeline.id : job.id)
    found.sort((one, other) => key(one) - key(other))
    if (params.sort === 'desc') found.reverse()
    return paged(call, found, (job) => statusEntity(call.world, job))
  }),
]
