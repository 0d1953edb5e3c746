import type { AddressInfo } from 'node:net'
import { createAdaptorServer, type HttpBindings } from '@hono/node-server'
import { type Context, Hono } from 'hono'
import { SlackError } from './method.ts'
import { methods } from './methods.ts'
import { createState, type SlackCall, type SlackChannel, type SlackState, type SlackUser } from './state.ts'

const allScopes = ['chat:write', 'channels:read', 'channels:history', 'im:write', 'im:history', 'users:read.email']

export type FakeSlackOptions = { scopes?: string[] }

/** Slack's client sends forms; JSON is allowed as well. */
const readParams = async (context: Context): Promise<Record<string, unknown>> => {
  const body = await context.req.text()
  if (context.req.header('content-type')?.startsWith('application/json')) return JSON.parse(body)
  return Object.fromEntries(new URLSearchParams(body))
}

/** @throws SlackError As Slack words it: `not_authed`, `invalid_auth` or `missing_scope`. */
const authorize = (
  state: SlackState,
  context: Context,
  params: Record<string, unknown>,
  scope: string | null,
): void => {
  const token = context.req.header('authorization')?.replace('Bearer ', '') ?? params.token
  if (token === undefined) throw new SlackError('not_authed')
  if (token !== state.token) throw new SlackError('invalid_auth')
  if (scope === null || state.scopes.includes(scope)) return
  throw new SlackError('missing_scope', { needed: scope, provided: state.scopes.join(',') })
}

const run = (state: SlackState, context: Context, call: SlackCall): Record<string, unknown> => {
  const method = methods[call.method]
  if (method === undefined) {
    state.problems.push(`unknown method ${call.method}`)
    throw new SlackError('unknown_method')
  }
  authorize(state, context, call.params, method.scope)
  return method.run(state, call.params)
}

const errorResponse = (error: unknown): { response: Response; text: string } => {
  if (!(error instanceof SlackError)) throw error
  const { retryAfter, ...extra } = error.extra
  const headers = retryAfter === undefined ? {} : { 'Retry-After': String(retryAfter) }
  const body = { ok: false, error: error.message, ...extra }
  return { response: Response.json(body, { status: error.status, headers }), text: error.message }
}

const respond = (state: SlackState, context: Context, call: SlackCall): Response => {
  if (state.behaviour.outage) return new Response('Service Unavailable', { status: 503 })
  try {
    return Response.json({ ok: true, ...run(state, context, call) })
  } catch (error) {
    const { response, text } = errorResponse(error)
    call.error = text
    return response
  }
}

const answer = async (state: SlackState, context: Context<{ Bindings: HttpBindings }>): Promise<Response> => {
  const method = context.req.path.replace('/api/', '')
  const call: SlackCall = { method, params: await readParams(context), status: null, error: null }
  state.calls.push(call)
  if (state.behaviour.hang) return new Promise<never>(() => undefined)
  const response = respond(state, context, call)
  call.status = response.status
  if (state.behaviour.loseAnswers) context.env.incoming.socket.destroy()
  return response
}

/** A Slack workspace over HTTP, with its limits; a client gets `url` as its `slackApiUrl`. */
export const startFakeSlack = async (options: FakeSlackOptions = {}) => {
  const state = createState([...(options.scopes ?? allScopes)])
  const app = new Hono<{ Bindings: HttpBindings }>()
  app.all('*', (context) => answer(state, context))
  const server = createAdaptorServer({ fetch: app.fetch })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/api/`,
    token: state.token,
    /** What the app may do. */
    scopes: state.scopes,
    behaviour: state.behaviour,
    messages: state.messages,
    calls: state.calls,
    problems: state.problems,
    addChannel: (name: string, about: { isMember?: boolean; archived?: boolean } = {}): SlackChannel => {
      const id = `C${String(state.channels.length + 1).padStart(8, '0')}`
      const channel = { id, name, isMember: about.isMember ?? true, archived: about.archived ?? false, directTo: null }
      state.channels.push(channel)
      return channel
    },
    addUser: (name: string, email: string): SlackUser => {
      const user = { id: `U${String(state.users.length + 1).padStart(8, '0')}`, name, email }
      state.users.push(user)
      return user
    },
    /** Messages of a channel, oldest first; those in threads too. */
    messagesIn: (channel: SlackChannel) => state.messages.filter((message) => message.channel === channel.id),
    /** Answers to a message. */
    thread: (ts: string) => state.messages.filter((message) => message.threadTs === ts),
    close: async (): Promise<void> => {
      const closed = new Promise((resolve) => server.close(resolve))
      if ('closeAllConnections' in server) server.closeAllConnections()
      await closed
    },
  }
}

export type FakeSlack = Awaited<ReturnType<typeof startFakeSlack>>
