import { WebAPIHTTPError, WebAPIPlatformError, WebAPIRateLimitedError } from '@slack/web-api'

/**
 * `refused`: asking again changes nothing until somebody mends the app or the channel. `rate_limited`: wait as told.
 * `gone`: the message that was to be edited or answered is not there any more. `unavailable`: Slack or the network failed.
 */
type SlackFailureKind = 'refused' | 'rate_limited' | 'gone' | 'unavailable'

/** A call that failed; holds nothing of the request but its method. */
export class SlackFailure extends Error {
  override readonly name = 'SlackFailure'
  readonly kind: SlackFailureKind
  /** Slack's word for it: `channel_not_found`. */
  readonly code: string
  /** How long to wait before asking again, in milliseconds; null: nothing was said. */
  readonly retryAfter: number | null

  constructor(
    method: string,
    details: { kind: SlackFailureKind; code: string; advice?: string; retryAfter?: number },
    options?: ErrorOptions,
  ) {
    super(`Slack, ${method}: ${details.code}${details.advice ? `; ${details.advice}` : ''}`, options)
    this.kind = details.kind
    this.code = details.code
    this.retryAfter = details.retryAfter ?? null
  }
}

const transient = new Set([
  'internal_error',
  'fatal_error',
  'service_unavailable',
  'request_timeout',
  'team_added_to_org',
  'accesslimited',
  'org_login_required',
])

const limited = new Set(['ratelimited', 'rate_limited', 'message_limit_exceeded'])

/** A thread that takes no more answers is as good as gone. */
const gone = new Set([
  'message_not_found',
  'thread_not_found',
  'cannot_reply_to_message',
  'restricted_action_thread_locked',
  'restricted_action_non_threadable_channel',
  'cant_update_message',
  'edit_window_closed',
  'is_inactive',
])

const tokenAdvice =
  'take the Bot User OAuth Token again (in Slack: your app, OAuth & Permissions) and set SLACK_BOT_TOKEN'

const adviceFor: Readonly<Record<string, string>> = {
  channel_not_found: 'check the name or the id; a private channel must have invited the bot',
  not_in_channel: 'invite the bot to the channel, or give the app the scope chat:write.public',
  is_archived: 'the channel is archived: name another one',
  invalid_auth: tokenAdvice,
  not_authed: tokenAdvice,
  token_revoked: tokenAdvice,
  token_expired: tokenAdvice,
  account_inactive: tokenAdvice,
  restricted_action: "a setting of the workspace forbids it; ask the workspace's administrators",
}

/** What Slack, its client or the network said, in our own words. */
export function toSlackFailure(method: string, error: unknown): SlackFailure {
  const options = { cause: error }
  if (error instanceof WebAPIRateLimitedError) {
    const retryAfter = error.retryAfter * 1000
    return new SlackFailure(method, { kind: 'rate_limited', code: 'ratelimited', retryAfter }, options)
  }
  if (error instanceof WebAPIPlatformError) return ofPlatform(method, error)
  if (error instanceof WebAPIHTTPError) {
    const kind = error.statusCode >= 500 || error.statusCode === 408 ? 'unavailable' : 'refused'
    return new SlackFailure(method, { kind, code: `HTTP status ${error.statusCode}` }, options)
  }
  const code = error instanceof Error ? error.message : String(error)
  return new SlackFailure(method, { kind: 'unavailable', code }, options)
}

function ofPlatform(method: string, error: WebAPIPlatformError): SlackFailure {
  const code = error.data.error
  if (transient.has(code)) return new SlackFailure(method, { kind: 'unavailable', code }, { cause: error })
  if (limited.has(code)) return new SlackFailure(method, { kind: 'rate_limited', code }, { cause: error })
  if (gone.has(code)) return new SlackFailure(method, { kind: 'gone', code }, { cause: error })
  return new SlackFailure(method, { kind: 'refused', code, advice: adviceOn(error) }, { cause: error })
}

function adviceOn({ data }: WebAPIPlatformError): string {
  if (data.error === 'missing_scope' && 'needed' in data) {
    return `give the app the scope ${data.needed} and install it again (in Slack: your app, OAuth & Permissions)`
  }
  const details = data.response_metadata?.messages ?? []
  return adviceFor[data.error] ?? details.join(', ')
}
