import { z } from 'zod'
import type { Deployment } from '../../types.ts'
import type { World } from '../../world.ts'
import { apiTime, userEntity } from '../entities/common.ts'
import { jobEntity } from '../entities/job.ts'
import { forbidden } from '../errors.ts'
import { paged, pageParams } from '../pages.ts'
import { sort, text, time } from '../params.ts'
import { projectRoute, type Route } from '../route.ts'

const deploymentEntity = (world: World, deployment: Deployment) => ({
  id: deployment.id,
  iid: deployment.iid,
  ref: deployment.job.pipeline.ref,
  sha: deployment.job.pipeline.sha,
  status: deployment.status,
  created_at: apiTime(deployment.createdAt),
  updated_at: apiTime(deployment.updatedAt),
  user: userEntity(world, deployment.job.user),
  environment: {
    id: 1,
    name: deployment.environment,
    slug: deployment.environment.replaceAll('/', '-'),
    external_url: null,
  },
  deployable: jobEntity(world, deployment.job),
})

const params = {
  status: z.enum(['created', 'running', 'success', 'failed', 'canceled', 'blocked']).optional(),
  environment: text.optional(),
  updated_after: time,
  updated_before: time,
  order_by: z.enum(['id', 'iid', 'created_at', 'updated_at']).optional(),
  sort,
  ...pageParams,
}

export const deploymentRoutes: Route[] = [
  /** Oldest first, unlike most lists. */
  projectRoute('GET', '/deployments', { role: 'reporter' }, params, (call) => {
    if (call.project.environments === 'disabled') throw forbidden()
    const {
      status,
      environment,
      updated_after: after = 0,
      updated_before: before = Number.POSITIVE_INFINITY,
    } = call.params
    const found = call.project.deployments
      .filter((deployment) => status === undefined || deployment.status === status)
      .filter((deployment) => environment === undefined || deployment.environment === environment)
      .filter((deployment) => deployment.updatedAt >= after && deployment.updatedAt <= before)
    const key = (deployment: Deployment) =>
      call.params.order_by === 'updated_at' ? deployment.updatedAt : deployment.id
    found.sort((one, other) => key(one) - key(other))
    if (call.params.sort === 'desc') found.reverse()
    return paged(call, found, (deployment) => deploymentEntity(call.world, deployment))
  }),
]
