import { latestJobs } from '../ci/statuses.ts'
import { type Job, type Project, type Role, roles, type Scope, type User } from '../types.ts'
import type { World } from '../world.ts'
import { ApiError, forbidden, notFound, unauthorized } from './errors.ts'

/** Who asks: nobody, a person or bot with a token, or a running job with its CI_JOB_TOKEN. */
export type Credentials =
  | { kind: 'none' }
  | { kind: 'token'; user: User; scopes: Scope[] }
  | { kind: 'job'; user: User; job: Job }

/** @throws ApiError 401 for a token that is unknown, revoked or of a job that ended. */
export const readCredentials = (world: World, headers: Headers): Credentials => {
  const jobToken = headers.get('job-token')
  if (jobToken !== null) return jobCredentials(world, jobToken)
  const bearer = /^Bearer (.+)$/.exec(headers.get('authorization') ?? '')?.[1]
  const text = headers.get('private-token') ?? bearer
  if (text === undefined) return { kind: 'none' }
  const token = world.tokens.find((candidate) => candidate.text === text)
  if (token === undefined || token.user.blocked) throw unauthorized()
  if (token.revoked) throw new ApiError(401, { error: 'invalid_token', error_description: 'Token was revoked.' })
  return { kind: 'token', user: token.user, scopes: token.scopes }
}

const jobCredentials = (world: World, text: string): Credentials => {
  const jobs = world.projects.flatMap((project) => project.pipelines).flatMap(latestJobs)
  const job = jobs.find((candidate) => candidate.token === text && candidate.status === 'running')
  if (job === undefined) throw unauthorized()
  return { kind: 'job', user: job.user, job }
}

/** `api` allows everything, the others only reading. */
export const requireScope = (credentials: Credentials, method: string, extra: Scope[]): void => {
  if (credentials.kind !== 'token') return
  const enough: Scope[] = method === 'GET' ? ['api', 'read_api', ...extra] : ['api']
  if (credentials.scopes.some((scope) => enough.includes(scope))) return
  throw new ApiError(403, {
    error: 'insufficient_scope',
    error_description: 'The request requires higher privileges than provided by the access token.',
    scope: enough.join(' '),
  })
}

const level = (role: Role): number => roles.indexOf(role)

export const hasRole = (project: Project, user: User, needed: Role): boolean => {
  const role = project.members.get(user.id)
  return role !== undefined && level(role) >= level(needed)
}

/** Project by number or path; a private one that the user is no member of is not there at all. */
export const visibleProject = (world: World, credentials: Credentials, id: string): Project => {
  const project = world.projects.find((candidate) => String(candidate.id) === id || candidate.path === id)
  if (project === undefined) throw notFound('Project')
  if (credentials.kind !== 'none' && project.members.has(credentials.user.id)) return project
  const open = project.visibility === 'public' || (project.visibility === 'internal' && credentials.kind !== 'none')
  if (!open) throw notFound('Project')
  return project
}

/** Open projects let everyone read what reporters read, and everyone with an account write what guests write. */
export const requireRole = (project: Project, credentials: Credentials, method: string, needed: Role): void => {
  if (credentials.kind === 'none' && method !== 'GET') throw unauthorized()
  if (credentials.kind !== 'none' && hasRole(project, credentials.user, needed)) return
  const open = project.visibility !== 'private'
  if (open && level(needed) <= level(method === 'GET' ? 'reporter' : 'guest')) return
  throw forbidden()
}
