import type { SlackChannel, SlackState } from './state.ts'

/** Slack says no with status 200 and `ok: false`; only limits use a status of their own. */
export class SlackError extends Error {
  readonly status: number
  readonly extra: Record<string, unknown>

  constructor(error: string, extra: Record<string, unknown> = {}, status = 200) {
    super(error)
    this.status = status
    this.extra = extra
  }
}

export type Params = Record<string, unknown>
export type Method = { scope: string | null; run(state: SlackState, params: Params): Params }

export const text = (params: Params, name: string): string => (typeof params[name] === 'string' ? params[name] : '')

export const channelWith = (state: SlackState, id: string): SlackChannel => {
  const found = state.channels.find((channel) => channel.id === id)
  if (found === undefined) throw new SlackError('channel_not_found')
  return found
}

export const refuse = (state: SlackState, error: string, why: string): never => {
  state.problems.push(`${error}: ${why}`)
  throw new SlackError(error, { response_metadata: { messages: [`[ERROR] ${why}`] } })
}
