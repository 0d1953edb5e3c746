import type { Caller } from './caller.ts'
import { createDownloads } from './downloads.ts'
import type { Limits } from './limits.ts'
import { createLists } from './lists.ts'
import { createPages } from './pages.ts'
import { createContentReader } from './read-content.ts'
import { createCoreReader } from './read-core.ts'
import { createHistoryReader } from './read-history.ts'
import { createPeopleReader } from './read-people.ts'
import type { Resources } from './resources.ts'
import type { GitLabReader } from './types.ts'

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
  return {
    ...createCoreReader({ resources, lists }),
    ...createContentReader({ downloads: createDownloads(call), lists }),
    ...createHistoryReader({ lists, resources }),
    ...createPeopleReader({ call, limits, resources, lists }),
  }
}
