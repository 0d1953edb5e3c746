import type { Caller } from './caller.ts'
import { createDownloads } from './downloads.ts'
import type { GitLabReader } from './faces.ts'
import type { Limits } from './limits.ts'
import { createLists } from './lists.ts'
import { createPages } from './pages.ts'
import { createContentReader } from './read-content.ts'
import { createDeploymentReader } from './read-deployments.ts'
import { createHistoryReader } from './read-history.ts'
import { createJobReader } from './read-jobs.ts'
import { createMergeRequestReader } from './read-merge-requests.ts'
import { createPeopleReader } from './read-people.ts'
import { createPipelineReader } from './read-pipelines.ts'
import { createProjectReader } from './read-projects.ts'
import type { Resources } from './resources.ts'

/** Everything that can be read. */
export const createReader = ({
  call,
  limits,
  resources,
}: {
  call: Caller
  limits: Limits
  resources: Resources
}): GitLabReader => {
  const lists = createLists(createPages(call, limits))
  const projects = createProjectReader({ resources })
  return {
    ...projects,
    ...createPipelineReader({ resources, lists }),
    ...createJobReader({ resources, lists }),
    runningDeployments: createDeploymentReader(lists, projects),
    ...createMergeRequestReader({ resources, lists }),
    ...createContentReader({ downloads: createDownloads(call), lists }),
    ...createHistoryReader({ lists, resources }),
    ...createPeopleReader({ call, limits, resources, lists }),
  }
}
