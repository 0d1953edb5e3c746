import { z } from 'zod'
import { addPipeline } from '../../ci/pipelines.ts'
import { commitDiffs, type FileDiff, mergeRequestDiffs, rawDiff } from '../../git.ts'
import { mergeRequestPipelines } from '../../merge-request-facts.ts'
import { retitle, setLabels, setState } from '../../story/merge-requests.ts'
import type { MergeRequest } from '../../types.ts'
import { apiTime } from '../entities/common.ts'
import { approvalsEntity, labelEventEntity, mergeRequestBasic, mergeRequestEntity } from '../entities/merge-request.ts'
import { pipelineBasic, pipelineEntity } from '../entities/pipeline.ts'
import { ApiError, invalidParams } from '../errors.ts'
import { commitOf, findMergeRequest } from '../find.ts'
import { paged, pageParams } from '../pages.ts'
import { commaList, flag, sort, text } from '../params.ts'
import { accepted, ok, plainText, projectRoute, type Route } from '../route.ts'

const one = '/merge_requests/:merge_request_iid'

const listParams = {
  state: z.enum(['opened', 'closed', 'locked', 'merged', 'all']).optional(),
  source_branch: text.optional(),
  target_branch: text.optional(),
  labels: commaList.optional(),
  order_by: z.enum(['created_at', 'updated_at']).optional(),
  sort,
  ...pageParams,
}
type ListParams = z.infer<z.ZodObject<typeof listParams>>

const matches = (mergeRequest: MergeRequest, params: ListParams): boolean =>
  (params.state === undefined || params.state === 'all' || mergeRequest.state === params.state) &&
  (params.source_branch === undefined || mergeRequest.sourceBranch === params.source_branch) &&
  (params.target_branch === undefined || mergeRequest.targetBranch === params.target_branch) &&
  (params.labels ?? []).every((name) => mergeRequest.labels.some((label) => label.name === name))

const listed = (all: MergeRequest[], params: ListParams): MergeRequest[] => {
  const found = all.filter((mergeRequest) => matches(mergeRequest, params))
  const key = params.order_by === 'updated_at' ? 'updatedAt' : 'createdAt'
  found.sort((first, second) => first[key] - second[key] || first.id - second.id)
  return params.sort === 'asc' ? found : found.reverse()
}

const updateParams = {
  labels: commaList.optional(),
  add_labels: commaList.optional(),
  remove_labels: commaList.optional(),
  title: text.optional(),
  description: text.optional(),
  state_event: z.enum(['close', 'reopen']).optional(),
}

/** Adding what is there and removing what is not have no effect. */
const newLabels = (mergeRequest: MergeRequest, params: z.infer<z.ZodObject<typeof updateParams>>): string[] => {
  const base = params.labels ?? mergeRequest.labels.map((label) => label.name)
  return [...base, ...(params.add_labels ?? [])].filter((name) => !params.remove_labels?.includes(name))
}

export const diffEntity = (tooLarge: boolean, diff: FileDiff) => {
  return {
    diff: tooLarge ? '' : diff.text,
    collapsed: false,
    too_large: tooLarge,
    new_path: diff.path,
    old_path: diff.path,
    a_mode: diff.created ? '0' : '100644',
    b_mode: diff.deleted ? '0' : '100644',
    new_file: diff.created,
    renamed_file: false,
    deleted_file: diff.deleted,
    generated_file: false,
  }
}

const readRoutes: Route[] = [
  projectRoute('GET', '/merge_requests', { role: 'reporter' }, listParams, (call) =>
    paged(call, listed(call.project.mergeRequests, call.params), (found) => mergeRequestBasic(call.world, found)),
  ),
  projectRoute('GET', one, { role: 'reporter' }, {}, (call) =>
    ok(mergeRequestEntity(call.world, findMergeRequest(call))),
  ),
  /** Files over the limits are listed with an empty diff. */
  projectRoute('GET', `${one}/diffs`, { role: 'reporter' }, { unidiff: flag.optional(), ...pageParams }, (call) => {
    const mergeRequest = findMergeRequest(call)
    return paged(call, mergeRequestDiffs(mergeRequest), (diff) =>
      diffEntity(mergeRequest.tooLarge.includes(diff.path), diff),
    )
  }),
  projectRoute('GET', `${one}/raw_diffs`, { role: 'reporter' }, {}, (call) =>
    plainText(mergeRequestDiffs(findMergeRequest(call)).map(rawDiff).join('')),
  ),
  projectRoute('GET', `${one}/versions`, { role: 'reporter' }, pageParams, (call) => {
    const mergeRequest = findMergeRequest(call)
    return paged(call, mergeRequest.versions.toReversed(), (version) => ({
      id: version.id,
      head_commit_sha: version.head,
      base_commit_sha: version.base,
      start_commit_sha: version.start,
      created_at: apiTime(version.at),
      merge_request_id: mergeRequest.id,
      state: 'collected',
      real_size: '1',
    }))
  }),
  projectRoute('GET', `${one}/resource_label_events`, { role: 'reporter' }, pageParams, (call) => {
    const mergeRequest = findMergeRequest(call)
    return paged(call, mergeRequest.labelEvents, (event) => labelEventEntity(call.world, mergeRequest, event))
  }),
  projectRoute('GET', `${one}/pipelines`, { role: 'reporter' }, pageParams, (call) =>
    paged(call, mergeRequestPipelines(findMergeRequest(call)), (pipeline) => pipelineBasic(call.world, pipeline)),
  ),
  projectRoute('GET', `${one}/approvals`, { role: 'reporter' }, {}, (call) =>
    ok(approvalsEntity(call.world, findMergeRequest(call), call.user.id)),
  ),
  /** Of a merge commit against its first parent; the limits on diffs hold here, too. */
  projectRoute(
    'GET',
    '/repository/commits/:sha/diff',
    { role: 'reporter' },
    { unidiff: flag.optional(), ...pageParams },
    (call) => {
      const tooLarge = call.project.mergeRequests.flatMap((mergeRequest) => mergeRequest.tooLarge)
      const diffs = commitDiffs(call.project, commitOf(call))
      return paged(call, diffs, (diff) => diffEntity(tooLarge.includes(diff.path), diff))
    },
  ),
  projectRoute('GET', '/repository/commits/:sha/merge_requests', { role: 'reporter' }, pageParams, (call) => {
    const { sha } = commitOf(call)
    const found = call.project.mergeRequests.filter((candidate) =>
      candidate.versions.some((version) => version.head === sha),
    )
    return paged(call, found, (mergeRequest) => mergeRequestBasic(call.world, mergeRequest))
  }),
]

export const mergeRequestRoutes: Route[] = [
  ...readRoutes,
  projectRoute('PUT', one, { role: 'developer' }, updateParams, (call) => {
    const { world, user, params } = call
    const mergeRequest = findMergeRequest(call)
    if (Object.keys(params).length === 0) throw invalidParams('at least one parameter must be provided')
    setLabels(world, mergeRequest, newLabels(mergeRequest, params), user)
    if (params.title !== undefined) retitle(world, mergeRequest, params.title, user)
    if (params.description !== undefined) mergeRequest.description = params.description
    if (params.state_event !== undefined) {
      setState(world, mergeRequest, params.state_event === 'close' ? 'closed' : 'opened', user)
    }
    return ok(mergeRequestEntity(world, mergeRequest))
  }),
  /** 200, not 201; duplicates are allowed, and 405 when no pipeline could be made. */
  projectRoute('POST', `${one}/pipelines`, { role: 'developer' }, { async: flag.optional() }, (call) => {
    const { world, project, user, params } = call
    const mergeRequest = findMergeRequest(call)
    const source = 'merge_request_event'
    const jobs = project.jobsFor({ source, ref: `refs/merge-requests/${mergeRequest.iid}/head` })
    if (jobs.length === 0) throw new ApiError(405, { message: '405 Method Not Allowed' })
    const pipeline = addPipeline(world, project, { source, mergeRequest, user, jobs })
    return params.async ? accepted(null) : ok(pipelineEntity(world, pipeline))
  }),
]
