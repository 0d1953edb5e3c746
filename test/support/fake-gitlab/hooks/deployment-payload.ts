import { commitTitle } from '../git.ts'
import type { Deployment } from '../types.ts'
import type { World } from '../world.ts'
import { isoTime, projectPayloadWithOldNames, projectUrl, userPayload } from './common-payload.ts'

/** `status_changed_at` has a third form: `2026-09-14 08:09:00 +0000`. */
export const deploymentPayload = (world: World, deployment: Deployment) => {
  const { job } = deployment
  const { project, sha } = job.pipeline
  const commit = project.commits.get(sha)
  return {
    object_kind: 'deployment',
    status: deployment.status,
    status_changed_at: `${isoTime(deployment.updatedAt).replace('T', ' ').slice(0, 19)} +0000`,
    deployment_id: deployment.id,
    deployable_id: job.id,
    deployable_url: `${projectUrl(world, project)}/-/jobs/${job.id}`,
    environment: deployment.environment,
    environment_tier: deployment.environment === 'production' ? 'production' : 'other',
    environment_slug: deployment.environment.replaceAll('/', '-'),
    environment_external_url: null,
    project: projectPayloadWithOldNames(world, project),
    short_sha: sha.slice(0, 8),
    user: userPayload(world, job.user),
    user_url: `${world.url}/${job.user.username}`,
    commit_url: `${projectUrl(world, project)}/-/commit/${sha}`,
    commit_title: commit === undefined ? null : commitTitle(commit),
  }
}
