import type { Route } from '../route.ts'
import { artifactRoutes } from './artifacts.ts'
import { deploymentRoutes } from './deployments.ts'
import { hookRoutes } from './hooks.ts'
import { instanceRoutes } from './instance.ts'
import { issueRoutes } from './issues.ts'
import { jobRoutes } from './jobs.ts'
import { mergeRequestRoutes } from './merge-requests.ts'
import { noteRoutes } from './notes.ts'
import { pipelineRoutes } from './pipelines.ts'
import { repositoryRoutes } from './repository.ts'
import { statusRoutes } from './statuses.ts'
import { testReportRoutes } from './test-reports.ts'
import { triggerRoutes } from './triggers.ts'

/** All that the fake knows of the REST API, in order: where two fit, the first one answers. */
export const allRoutes: Route[] = [
  ...instanceRoutes,
  ...pipelineRoutes,
  ...jobRoutes,
  ...mergeRequestRoutes,
  ...noteRoutes,
  ...statusRoutes,
  ...testReportRoutes,
  ...triggerRoutes,
  ...artifactRoutes,
  ...repositoryRoutes,
  ...issueRoutes,
  ...deploymentRoutes,
  ...hookRoutes,
]
