/** The only place that knows environment variables: reads and checks all of them at once. */

import { parseRedisUrl, type RedisDescription } from '../src/redis/url.ts'
import { readBotToken, readCredentials, readDashboardToken, readToken } from './env-credentials.ts'
import { createReader, type Reader, type Variables } from './env-reader.ts'
import { wrongUrl } from './env-values.ts'

export type { Variables } from './env-reader.ts'

const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const

type LogLevel = (typeof LOG_LEVELS)[number]

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

const readUrl = (reader: Reader, name: string, fallback: string): string => {
  const text = reader.text(name)
  if (text === null) return fallback
  const wrong = wrongUrl(text)
  if (wrong !== null) reader.complain(`${name} ${wrong}: write it like ${fallback}`)
  return text
}

const readRedis = (reader: Reader, { sharesRedis = false }: EnvOptions): RedisDescription | null => {
  const text = reader.text('REDIS_URL')
  if (text === null && sharesRedis) {
    reader.complain(
      'REDIS_URL is missing: receivers and workers in separate processes meet in one Redis (without it, use `pipewarden start`)',
    )
  }
  if (text === null) return null
  try {
    return parseRedisUrl(text)
  } catch (error) {
    reader.complain(`REDIS_URL is wrong: ${error instanceof Error ? error.message : String(error)}`)
    return null
  }
}

const readDataDir = (reader: Reader): string => reader.text('PIPEWARDEN_DATA_DIR') ?? './data'

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

const checked = <Value>(variables: Variables, read: (reader: Reader) => Value): Value => {
  const reader = createReader(variables)
  const value = read(reader)
  if (reader.problems.length > 0) throw new EnvError(reader.problems)
  return value
}

/** CI_API_V4_URL and the examples of other tools end with it. */
const apiPath = /\/+api\/v4\/*$/

const readGitLabUrl = (reader: Reader): string =>
  readUrl(reader, 'GITLAB_URL', 'https://gitlab.com').replace(apiPath, '').replace(/\/+$/, '')

/** How to reach GitLab; null without a token. @throws EnvError */
export const readGitLabAccess = (variables: Variables): Pick<Env['gitlab'], 'url' | 'token'> | null =>
  checked(variables, (reader) =>
    reader.text('GITLAB_TOKEN') === null ? null : { url: readGitLabUrl(reader), token: readToken(reader) },
  )

/** Where the queues are. @throws EnvError */
export const readRedisAccess = (variables: Variables): Pick<Env, 'redis' | 'dataDir'> =>
  checked(variables, (reader) => ({ redis: readRedis(reader, {}), dataDir: readDataDir(reader) }))

/** What deliveries are accepted by. @throws EnvError */
export const readAccepted = (variables: Variables): Pick<Env['gitlab'], 'webhookSecrets' | 'signingTokens'> =>
  checked(variables, readCredentials)

type EnvOptions = {
  /** Whether this process meets others in Redis, so that one of its own would not do. Default false. */
  sharesRedis?: boolean
}

/**
 * @throws EnvError with all that is missing or wrong.
 */
export const readEnv = (variables: Variables, options: EnvOptions = {}): Env =>
  checked(variables, (reader) => ({
    gitlab: { url: readGitLabUrl(reader), token: readToken(reader), ...readCredentials(reader) },
    redis: readRedis(reader, options),
    slack: readSlack(reader),
    config: configFileOf(variables),
    dataDir: readDataDir(reader),
    dashboardToken: readDashboardToken(reader),
    host: reader.text('HOST') ?? '0.0.0.0',
    port: readPort(reader),
    logLevel: readLogLevel(reader),
  }))

/** What a dictionary and a day may find out; `openssl rand -hex 32` makes 64. */
const LEAST_CHARACTERS = 16

/** The variables whose secret is so short that it may be guessed. */
export const guessableOf = ({ gitlab, dashboardToken }: Env): string[] => {
  const guarded = { GITLAB_WEBHOOK_SECRET: gitlab.webhookSecrets, DASHBOARD_TOKEN: [dashboardToken] }
  return Object.entries(guarded).flatMap(([name, secrets]) =>
    secrets.some((secret) => secret !== null && secret.length < LEAST_CHARACTERS) ? [name] : [],
  )
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
