import type { GitLabReader } from './faces.ts'
import type { Lists } from './lists.ts'
import { parsePipelineBasic } from './parse-ci.ts'
import { parseMergeRequest, parseNote } from './parse-merge-request.ts'
import type { Resources } from './resources.ts'
import { one } from './shape.ts'

type MergeRequests = 'mergeRequest' | 'mergeRequestNotes' | 'mergeRequestPipelines' | 'commitMergeRequests'
type Gateway = { resources: Pick<Resources, 'mergeRequests'>; lists: Lists }

/** Merge requests, with their notes and pipelines. */
export const createMergeRequestReader = ({
  resources: { mergeRequests },
  lists,
}: Gateway): Pick<GitLabReader, MergeRequests> => ({
  mergeRequest: (project, iid) =>
    one(`projects/${project}/merge_requests/${iid}`, mergeRequests.show(project, iid), parseMergeRequest(project)),
  // Oldest first, so that new notes do not shift the pages.
  mergeRequestNotes: (project, iid) =>
    lists.all(`projects/${project}/merge_requests/${iid}/notes`, parseNote, { orderBy: 'created_at', sort: 'asc' }),
  mergeRequestPipelines: (project, iid) =>
    lists.all(`projects/${project}/merge_requests/${iid}/pipelines`, parsePipelineBasic(project)),
  commitMergeRequests: (project, sha) =>
    lists.first(
      `projects/${project}/repository/commits/${encodeURIComponent(sha)}/merge_requests`,
      parseMergeRequest(project),
    ),
})
