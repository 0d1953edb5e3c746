/** The only place that knows environment variables: reads and checks all of them at once. */

import { parseRedisUrl, type RedisDescription } from '../src/redis/url.ts'
import { isSendable, isSigningToken, KEY_BYTES, listOf, wrongUrl } from './env-values.ts'

const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const

type LogLevel = (typeof LOG_LEVELS)[number]

/** As environment variables come: unset and empty are the same. */
export type Variables = Readonly<Record<string, string | undefined>>

export type Env = {
  gitlab: {
    /** Base URL without a slash at the end. */
    url: string
    token: string
    /** Accepted in `X-Gitlab-Token`. */
    webhookSecrets: string[]
    /** `whsec_…`, as given. */
    signingTokens: string[]
  }
  /** null: a private embedded Redis. */
  redis: RedisDescription | null
  slack: {
    /** null: the slack reaction is off. */
    botToken: string | null
    /** Base URL with a slash at the end. */
    apiUrl: string
    /** Channel of the default route. */
    channel: string | null
  }
  /** `required`: somebody named the file, so it is a mistake when it is missing. */
  config: { file: string; required: boolean }
  dataDir: string
  /** null: protected pages exist only on loopback. */
  dashboardToken: string | null
  host: string
  port: number
  logLevel: LogLevel
}

/** Says of every variable that is missing or wrong what would be right and where it is set; never repeats a secret. */
export class EnvError extends Error {
  readonly problems: readonly string[]

  constructor(problems: readonly string[]) {
    super(problems.join('\n'))
    this.name = 'EnvError'
    this.problems = problems
  }
}

type Reader = {
  text(name: string): string | null
  complain(problem: string): void
}

const createReader = (variables: Variables): Reader & { problems: string[] } => {
  const problems: string[] = []
  return {
    problems,
    text: (name) => variables[name]?.trim() || null,
    complain: (problem) => {
      problems.push(problem)
    },
  }
}

const readToken = (reader: Reader): string => {
  const token = reader.text('GITLAB_TOKEN')
  if (token === null) {
    reader.complain(
      'GITLAB_TOKEN is missing: create an access token with scope api and role Developer or higher ' +
        '(in GitLab: the project or group, Settings > Access tokens) and set the variable to it',
    )
    return ''
  }
  if (!isSendable(token)) reader.complain('GITLAB_TOKEN has blanks or characters that no token has: copy it again')
  return token
}

const ordinal = (index: number, of: readonly unknown[]): string => (of.length > 1 ? ` (number ${index + 1})` : '')

const readCredentials = (reader: Reader): Pick<Env['gitlab'], 'webhookSecrets' | 'signingTokens'> => {
  const webhookSecrets = listOf(reader.text('GITLAB_WEBHOOK_SECRET'))
  const signingTokens = listOf(reader.text('GITLAB_WEBHOOK_SIGNING_TOKEN'))
  if (webhookSecrets.length + signingTokens.length === 0) {
    reader.complain(
      'GITLAB_WEBHOOK_SECRET or GITLAB_WEBHOOK_SIGNING_TOKEN is missing: set one of them to what the webhook has ' +
        '(in GitLab: Settings > Webhooks, Secret token or Signing token)',
    )
  }
  for (const [index, token] of signingTokens.entries()) {
    if (isSigningToken(token)) continue
    const which = `GITLAB_WEBHOOK_SIGNING_TOKEN${ordinal(index, signingTokens)}`
    reader.complain(
      `${which} is not whsec_ followed by ${KEY_BYTES.least} to ${KEY_BYTES.most} bytes in base64: copy it again`,
    )
  }
  return { webhookSecrets, signingTokens }
}

const readUrl = (reader: Reader, name: string, fallback: string): string => {
  const text = reader.text(name)
  if (text === null) return fallback
  const wrong = wrongUrl(text)
  if (wrong !== null) reader.complain(`${name} ${wrong}: write it like ${fallback}`)
  return text
}

const readRedis = (reader: Reader): RedisDescription | null => {
  const text = reader.text('REDIS_URL')
  if (text === null) return null
  try {
    return parseRedisUrl(text)
  } catch (error) {
    reader.complain(`REDIS_URL is wrong: ${error instanceof Error ? error.message : String(error)}`)
    return null
  }
}

const readBotToken = (reader: Reader): string | null => {
  const token = reader.text('SLACK_BOT_TOKEN')
  if (token === null || (token.startsWith('xoxb-') && isSendable(token))) return token
  reader.complain(
    'SLACK_BOT_TOKEN does not start with xoxb-: take the Bot User OAuth Token (in Slack: your app, OAuth & Permissions)',
  )
  return token
}

const LARGEST_PORT = 65_535

const readPort = (reader: Reader): number => {
  const text = reader.text('PORT') ?? '8080'
  const port = Number(text)
  if (/^\d{1,5}$/.test(text) && port <= LARGEST_PORT) return port
  reader.complain(`PORT is ${JSON.stringify(text)}: set it to a number from 0 (any free port) to ${LARGEST_PORT}`)
  return 0
}

const readLogLevel = (reader: Reader): LogLevel => {
  const text = reader.text('LOG_LEVEL')?.toLowerCase() ?? 'info'
  const level = LOG_LEVELS.find((known) => known === text)
  if (level === undefined) reader.complain(`LOG_LEVEL is ${JSON.stringify(text)}: set it to ${LOG_LEVELS.join(', ')}`)
  return level ?? 'info'
}

const DEFAULT_CONFIG = 'config/pipewarden.yaml'

/** The variables of this process. */
export const processVariables = (): Variables => process.env

/** Which configuration file is meant; known also when other variables are wrong. */
export const configFileOf = (variables: Variables): Env['config'] => {
  const named = variables.PIPEWARDEN_CONFIG?.trim() || null
  return { file: named ?? DEFAULT_CONFIG, required: named !== null }
}

const readSlack = (reader: Reader): Env['slack'] => ({
  botToken: readBotToken(reader),
  apiUrl: readUrl(reader, 'SLACK_API_URL', 'https://slack.com/api/').replace(/\/*$/, '/'),
  channel: reader.text('SLACK_CHANNEL'),
})

/** The variables of Slack alone. @throws EnvError with all of them that are wrong, or when there is no token */
export const readSlackEnv = (variables: Variables): Env['slack'] & { botToken: string } => {
  const reader = createReader(variables)
  const { botToken, ...slack } = readSlack(reader)
  if (botToken !== null && reader.problems.length === 0) return { ...slack, botToken }
  const missing =
    'SLACK_BOT_TOKEN is missing: set it to the Bot User OAuth Token (in Slack: your app, OAuth & Permissions)'
  throw new EnvError(botToken === null ? [missing, ...reader.problems] : reader.problems)
}

/**
 * @throws EnvError with all that is missing or wrong.
 */
export const readEnv = (variables: Variables): Env => {
  const reader = createReader(variables)
  const env: Env = {
    gitlab: {
      url: readUrl(reader, 'GITLAB_URL', 'https://gitlab.com').replace(/\/+$/, ''),
      token: readToken(reader),
      ...readCredentials(reader),
    },
    redis: readRedis(reader),
    slack: readSlack(reader),
    config: configFileOf(variables),
    dataDir: reader.text('PIPEWARDEN_DATA_DIR') ?? './data',
    dashboardToken: reader.text('DASHBOARD_TOKEN'),
    host: reader.text('HOST') ?? '0.0.0.0',
    port: readPort(reader),
    logLevel: readLogLevel(reader),
  }
  if (reader.problems.length > 0) throw new EnvError(reader.problems)
  return env
}

const redisSecrets = (redis: RedisDescription | null): (string | null)[] => {
  if (redis === null) return []
  return [redis.access.password, redis.mode === 'sentinel' ? redis.sentinelAccess.password : null]
}

/** Everything that must never be seen in a log or on a page, longest first, so that no rest of one is left over. */
export const secretsOf = ({ gitlab, redis, slack, dashboardToken }: Env): string[] =>
  [
    gitlab.token,
    ...gitlab.webhookSecrets,
    ...gitlab.signingTokens,
    ...gitlab.signingTokens.map((token) => token.replace(/^whsec_/, '')),
    slack.botToken,
    dashboardToken,
    ...redisSecrets(redis),
  ]
    .filter((secret): secret is string => Boolean(secret))
    .sort((a, b) => b.length - a.length)
