import { z } from 'zod'
import { addPipeline } from '../../ci/pipelines.ts'
import { latestJobs } from '../../ci/statuses.ts'
import { branchSha } from '../../git.ts'
import { somebody } from '../../story/people.ts'
import type { Project, User } from '../../types.ts'
import type { World } from '../../world.ts'
import { pipelineEntity } from '../entities/pipeline.ts'
import { ApiError, notFound } from '../errors.ts'
import { readParams, text } from '../params.ts'
import { created, type Route } from '../route.ts'

/** Whose token it is: a trigger's own, or that of a running job. */
const triggeredBy = (world: World, project: Project, token: string): { user: User; source: string } => {
  if (project.triggerTokens.includes(token)) return { user: somebody(world), source: 'trigger' }
  const jobs = world.projects.flatMap((one) => one.pipelines).flatMap(latestJobs)
  const job = jobs.find((candidate) => candidate.token === token && candidate.status === 'running')
  if (job === undefined) throw notFound()
  return { user: job.user, source: 'pipeline' }
}

const shape = { token: text, ref: text, variables: z.record(z.string(), z.string()).optional() }
const path = '/projects/:id/trigger/pipeline'

export const triggerRoutes: Route[] = [
  /** The only call whose right is a parameter: no other token is needed. */
  {
    method: 'POST',
    path,
    run: ({ world, segments, input }) => {
      const params = readParams(world, `POST ${path}`, shape, input)
      const project = world.projects.find(({ id, path: name }) => [String(id), name].includes(segments.id ?? ''))
      if (project === undefined) throw notFound('Project')
      const { user, source } = triggeredBy(world, project, params.token)
      const { ref } = params
      if (branchSha(project, ref) === null) throw new ApiError(400, { message: { base: ['Reference not found'] } })
      const variables = Object.entries(params.variables ?? {}).map(([key, value]) => ({ key, value }))
      const pipeline = addPipeline(world, project, {
        ref,
        source,
        user,
        variables,
        jobs: project.jobsFor({ source, ref }),
      })
      return created(pipelineEntity(world, pipeline))
    },
  },
]
