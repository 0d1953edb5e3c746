import { findCommit } from '../../git.ts'
import { labelNamed } from '../../story/projects.ts'
import { roles } from '../../types.ts'
import { hasRole } from '../auth.ts'
import { commitEntity, fullUserEntity, projectEntity, userEntity } from '../entities/common.ts'
import { jobEntity } from '../entities/job.ts'
import { labelEntity } from '../entities/merge-request.ts'
import { ApiError, notFound } from '../errors.ts'
import { paged, pageParams } from '../pages.ts'
import { flag, integer, sort, text } from '../params.ts'
import { created, ok, projectRoute, type Route, route } from '../route.ts'

/** Access levels as numbers (gitlab: Gitlab::Access). */
const accessLevels = { guest: 10, planner: 15, reporter: 20, developer: 30, maintainer: 40, owner: 50 } as const

const projectListParams = {
  membership: flag.optional(),
  archived: flag.optional(),
  min_access_level: integer.optional(),
  order_by: text.optional(),
  sort,
  ...pageParams,
}

export const instanceRoutes: Route[] = [
  route('GET', '/version', { scopes: ['read_user'] }, {}, () => ok({ version: '19.2.0', revision: 'abcdef12345' })),
  route('GET', '/user', { scopes: ['read_user'] }, {}, ({ world, user }) => ok(fullUserEntity(world, user))),
  route('GET', '/users', { scopes: ['read_user'] }, { username: text, ...pageParams }, (call) => {
    const found = call.world.users.filter((user) => user.username === call.params.username)
    return paged(call, found, (user) => userEntity(call.world, user))
  }),
  route('GET', '/users/:user_id', { scopes: ['read_user'] }, {}, (call) => {
    const user = call.world.users.find((candidate) => candidate.id === call.number('user_id'))
    if (user === undefined) throw notFound('User')
    return ok(fullUserEntity(call.world, user))
  }),
  /** The job whose CI_JOB_TOKEN asks: proves which job a request comes from. */
  route('GET', '/job', { jobToken: true }, {}, ({ world, credentials }) => {
    if (credentials.kind !== 'job') throw notFound('Job')
    return ok(jobEntity(world, credentials.job))
  }),
  route('GET', '/projects', {}, projectListParams, (call) => {
    const { world, user, params } = call
    const least = roles.find((role) => accessLevels[role] === params.min_access_level) ?? 'guest'
    const found = world.projects.filter((project) => !params.membership || hasRole(project, user, least))
    return paged(call, found, (project) => projectEntity(world, project))
  }),
  projectRoute('GET', '', { role: 'guest' }, { license: flag.optional(), statistics: flag.optional() }, (call) =>
    ok(projectEntity(call.world, call.project)),
  ),
  projectRoute('GET', '/members/all/:user_id', { role: 'guest' }, {}, ({ world, project, number }) => {
    const user = world.users.find((candidate) => candidate.id === number('user_id'))
    const role = roles.findLast((candidate) => user !== undefined && hasRole(project, user, candidate))
    if (user === undefined || role === undefined) throw notFound()
    return ok({
      ...userEntity(world, user),
      access_level: accessLevels[role],
      expires_at: null,
      membership_state: 'active',
    })
  }),
  projectRoute(
    'GET',
    '/labels',
    { role: 'guest' },
    { search: text.optional(), with_counts: flag.optional(), ...pageParams },
    (call) => {
      const { search } = call.params
      const found = call.project.labels.filter((label) => search === undefined || label.name.includes(search))
      return paged(call, found, labelEntity)
    },
  ),
  projectRoute(
    'POST',
    '/labels',
    { role: 'reporter' },
    { name: text, color: text, description: text.optional() },
    ({ world, project, params }) => {
      if (project.labels.some((label) => label.name === params.name)) {
        throw new ApiError(409, { message: 'Label already exists' })
      }
      const label = labelNamed(world, project, params.name)
      label.color = params.color
      label.description = params.description ?? null
      return created(labelEntity(label))
    },
  ),
  projectRoute('GET', '/repository/branches/:branch', { role: 'reporter' }, {}, (call) => {
    const branch = call.project.branches.get(call.segment('branch'))
    const commit = findCommit(call.project, branch?.sha ?? '')
    if (branch === undefined || commit === null) throw notFound('Branch')
    const isDefault = branch.name === call.project.defaultBranch
    return ok({
      name: branch.name,
      commit: commitEntity(call.world, call.project, commit),
      merged: false,
      protected: branch.protected,
      default: isDefault,
      can_push: !branch.protected || hasRole(call.project, call.user, 'maintainer'),
      web_url: `${call.world.url}/${call.project.path}/-/tree/${branch.name}`,
    })
  }),
]
