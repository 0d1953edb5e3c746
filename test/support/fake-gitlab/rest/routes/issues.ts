import { z } from 'zod'
import { projectUrl } from '../../hooks/common-payload.ts'
import { emitIssue } from '../../hooks/emit.ts'
import { addIssue } from '../../story/issues.ts'
import { labelNamed } from '../../story/projects.ts'
import type { Issue, User } from '../../types.ts'
import type { World } from '../../world.ts'
import { apiTime, userEntity } from '../entities/common.ts'
import { notFound } from '../errors.ts'
import { paged, pageParams } from '../pages.ts'
import { commaList, flag, integer, listOf, sort, text } from '../params.ts'
import { created, ok, type ProjectCall, projectRoute, type Route } from '../route.ts'

const issueEntity = (world: World, issue: Issue) => ({
  id: issue.id,
  iid: issue.iid,
  project_id: issue.project.id,
  title: issue.title,
  description: issue.description,
  state: issue.state,
  created_at: apiTime(issue.createdAt),
  updated_at: apiTime(issue.updatedAt),
  labels: issue.labels.map((label) => label.name),
  author: userEntity(world, issue.author),
  assignees: issue.assignees.map((user) => userEntity(world, user)),
  confidential: issue.confidential,
  web_url: `${projectUrl(world, issue.project)}/-/issues/${issue.iid}`,
})

const listParams = {
  labels: commaList.optional(),
  state: z.enum(['opened', 'closed', 'all']).optional(),
  author_id: integer.optional(),
  search: text.optional(),
  in: commaList.optional(),
  order_by: z.enum(['created_at', 'updated_at']).optional(),
  sort,
  ...pageParams,
}
type ListParams = z.infer<z.ZodObject<typeof listParams>>

/** Searches title and description unless `in` names one of them; words, not patterns. */
const contains = (issue: Issue, params: ListParams): boolean => {
  const { search } = params
  if (search === undefined) return true
  const fields = params.in ?? ['title', 'description']
  const content = `${fields.includes('title') ? issue.title : ''}\n${fields.includes('description') ? issue.description : ''}`
  return content.toLowerCase().includes(search.toLowerCase())
}

const listed = (issues: Issue[], params: ListParams): Issue[] => {
  const found = issues
    .filter((issue) => params.state === undefined || params.state === 'all' || issue.state === params.state)
    .filter((issue) => (params.labels ?? []).every((name) => issue.labels.some((label) => label.name === name)))
    .filter((issue) => params.author_id === undefined || issue.author.id === params.author_id)
    .filter((issue) => contains(issue, params))
  const key = params.order_by === 'updated_at' ? 'updatedAt' : 'createdAt'
  found.sort((one, other) => one[key] - other[key] || one.id - other.id)
  return params.sort === 'asc' ? found : found.reverse()
}

const usersWith = (world: World, ids: number[] | undefined): User[] =>
  world.users.filter((user) => ids?.includes(user.id))

const editParams = {
  title: text.optional(),
  description: text.optional(),
  labels: commaList.optional(),
  add_labels: commaList.optional(),
  remove_labels: commaList.optional(),
  assignee_ids: listOf(integer).optional(),
  confidential: flag.optional(),
  state_event: z.enum(['close', 'reopen']).optional(),
}
type EditParams = z.infer<z.ZodObject<typeof editParams>>

const findIssue = (call: ProjectCall<unknown>): Issue => {
  const issue = call.project.issues.find((candidate) => candidate.iid === call.number('issue_iid'))
  if (issue === undefined) throw notFound()
  return issue
}

const edit = (world: World, issue: Issue, params: EditParams): void => {
  const before = params.labels ?? issue.labels.map((label) => label.name)
  const names = [...before, ...(params.add_labels ?? [])].filter((name) => !params.remove_labels?.includes(name))
  issue.labels = [...new Set(names)].map((name) => labelNamed(world, issue.project, name))
  issue.title = params.title ?? issue.title
  issue.description = params.description ?? issue.description
  issue.confidential = params.confidential ?? issue.confidential
  if (params.assignee_ids !== undefined) issue.assignees = usersWith(world, params.assignee_ids)
  if (params.state_event !== undefined) issue.state = params.state_event === 'close' ? 'closed' : 'opened'
  issue.updatedAt = world.now()
}

const createParams = {
  title: text.min(1).max(255),
  description: text.optional(),
  labels: commaList.optional(),
  assignee_ids: listOf(integer).optional(),
  confidential: flag.optional(),
}

export const issueRoutes: Route[] = [
  projectRoute('GET', '/issues', { role: 'guest' }, listParams, (call) =>
    paged(call, listed(call.project.issues, call.params), (issue) => issueEntity(call.world, issue)),
  ),
  projectRoute('GET', '/issues/:issue_iid', { role: 'guest' }, {}, (call) =>
    ok(issueEntity(call.world, findIssue(call))),
  ),
  projectRoute('POST', '/issues', { role: 'guest' }, createParams, (call) => {
    const { world, project, user, params } = call
    const issue = addIssue(world, project, {
      title: params.title,
      author: user,
      description: params.description ?? '',
      labels: params.labels ?? [],
      assignees: usersWith(world, params.assignee_ids),
      confidential: params.confidential ?? false,
    })
    return created(issueEntity(world, issue))
  }),
  projectRoute('PUT', '/issues/:issue_iid', { role: 'reporter' }, editParams, (call) => {
    const issue = findIssue(call)
    edit(call.world, issue, call.params)
    emitIssue(call.world, issue, call.user, call.params.state_event ?? 'update')
    return ok(issueEntity(call.world, issue))
  }),
]
