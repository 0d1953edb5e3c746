import type { Route } from '../route.ts'
import { instanceRoutes } from './instance.ts'
import { jobRoutes } from './jobs.ts'
import { mergeRequestRoutes } from './merge-requests.ts'
import { noteRoutes } from './notes.ts'
import { pipelineRoutes } from './pipelines.ts'
import { statusRoutes } from './statuses.ts'

/** All that the fake knows of the REST API, in order: where two fit, the first one answers. */
export const allRoutes: Route[] = [
  ...instanceRoutes,
  ...pipelineRoutes,
  ...jobRoutes,
  ...mergeRequestRoutes,
  ...noteRoutes,
  ...statusRoutes,
]
