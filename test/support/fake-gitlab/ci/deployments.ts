import { emitDeployment } from '../hooks/emit.ts'
import type { Deployment, Job } from '../types.ts'
import type { World } from '../world.ts'

const deploymentStatuses = ['running', 'success', 'failed', 'canceled'] as const satisfies Deployment['status'][]

/** A job with an environment has a deployment that follows its status from `running` on. */
export const updateDeployment = (world: World, job: Job): void => {
  const status = deploymentStatuses.find((candidate) => candidate === job.status)
  if (job.environment === null || status === undefined) return
  const { deployments } = job.pipeline.project
  const known = deployments.find((deployment) => deployment.job === job)
  if (known === undefined && status === 'canceled') return
  const deployment = known ?? newDeployment(world, job, job.environment)
  if (known === undefined) deployments.push(deployment)
  deployment.status = status
  deployment.updatedAt = world.now()
  emitDeployment(world, deployment)
}

const newDeployment = (world: World, job: Job, environment: string): Deployment => ({
  id: world.nextId('deployment'),
  iid: job.pipeline.project.deployments.length + 1,
  status: 'created',
  environment,
  job,
  createdAt: world.now(),
  updatedAt: world.now(),
})
