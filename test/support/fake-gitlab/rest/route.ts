import type { z } from 'zod'
import type { Project, Role, Scope, User } from '../types.ts'
import type { World } from '../world.ts'
import { type Credentials, requireRole, requireScope, visibleProject } from './auth.ts'
import { invalidParams, unauthorized } from './errors.ts'
import { readParams } from './params.ts'

export type Method = 'GET' | 'POST' | 'PUT' | 'DELETE'

export type Answer = { status: number; body: unknown; headers?: Record<string, string> }

export const ok = (body: unknown, headers: Record<string, string> = {}): Answer => ({ status: 200, body, headers })
export const created = (body: unknown): Answer => ({ status: 201, body })
export const accepted = (body: unknown): Answer => ({ status: 202, body })
export const noContent = (): Answer => ({ status: 204, body: null })
export const plainText = (body: string): Answer => ({ status: 200, body, headers: { 'content-type': 'text/plain' } })

/** A request before its route looked at it. */
export type RawRequest = {
  world: World
  method: Method
  url: URL
  headers: Headers
  segments: Record<string, string>
  input: Record<string, unknown>
  credentials: Credentials
}

export type Call<Params> = RawRequest & {
  params: Params
  user: User
  /** A part of the path, decoded. */
  segment(name: string): string
  /** A part of the path that is a number. @throws ApiError 400 when it is none */
  number(name: string): number
}

export type ProjectCall<Params> = Call<Params> & { project: Project }

export type Route = { method: Method; path: string; run(request: RawRequest): Answer | Promise<Answer> }

type Handler<CallType> = (call: CallType) => Answer | Promise<Answer>

const nobody: User = { id: 0, username: '', name: '', email: '', bot: false, blocked: false }

const readNumber = (world: World, label: string, name: string, text: string): number => {
  if (/^\d+$/.test(text)) return Number(text)
  world.problems.push(`${label}: ${name} is invalid`)
  throw invalidParams(`${name} is invalid`)
}

const makeCall = <Shape extends z.ZodRawShape>(request: RawRequest, path: string, shape: Shape) => {
  const label = `${request.method} ${path}`
  const { credentials, segments } = request
  return {
    ...request,
    params: readParams(request.world, label, shape, request.input),
    user: credentials.kind === 'none' ? nobody : credentials.user,
    segment: (name: string) => segments[name] ?? '',
    number: (name: string) => readNumber(request.world, label, name, segments[name] ?? ''),
  }
}

/** A route of the instance: any account. */
export const route = <Shape extends z.ZodRawShape>(
  method: Method,
  path: string,
  options: { scopes?: Scope[]; jobToken?: boolean },
  shape: Shape,
  handle: Handler<Call<z.infer<z.ZodObject<Shape>>>>,
): Route => ({
  method,
  path,
  run: (request) => {
    const wanted = options.jobToken ? 'job' : 'token'
    if (request.credentials.kind !== wanted) throw unauthorized()
    requireScope(request.credentials, method, options.scopes ?? [])
    return handle(makeCall(request, path, shape))
  },
})

/** A route below `/projects/:id`, with the least role that may call it. */
export const projectRoute = <Shape extends z.ZodRawShape>(
  method: Method,
  path: string,
  options: { role: Role; scopes?: Scope[]; jobToken?: boolean },
  shape: Shape,
  handle: Handler<ProjectCall<z.infer<z.ZodObject<Shape>>>>,
): Route => ({
  method,
  path: `/projects/:id${path}`,
  run: (request) => {
    const { world, credentials } = request
    if (credentials.kind === 'job' && !options.jobToken) throw unauthorized()
    requireScope(credentials, method, options.scopes ?? [])
    const project = visibleProject(world, credentials, request.segments.id ?? '')
    requireRole(project, credentials, method, options.role)
    return handle({ ...makeCall(request, `/projects/:id${path}`, shape), project })
  },
})
