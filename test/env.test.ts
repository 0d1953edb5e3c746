import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { EnvError, guessableOf, readEnv, secretsOf, type Variables } from '../config/env.ts'

const signingToken = (bytes: number): string => `whsec_${Buffer.alloc(bytes, 'key').toString('base64')}`

const ENOUGH = { GITLAB_TOKEN: 'glpat-1', GITLAB_WEBHOOK_SECRET: 'hush' }

const problems = (variables: Variables): readonly string[] => {
  try {
    readEnv(variables)
  } catch (error) {
    if (error instanceof EnvError) return error.problems
    throw error
  }
  return []
}

describe('the environment', () => {
  it('needs a token and a secret, and has defaults for the rest', () => {
    expect(readEnv(ENOUGH)).toEqual({
      gitlab: { url: 'https://gitlab.com', token: 'glpat-1', webhookSecrets: ['hush'], signingTokens: [] },
      redis: null,
      slack: { botToken: null, apiUrl: 'https://slack.com/api/', channel: null },
      config: { file: 'config/pipewarden.yaml', required: false },
      dataDir: './data',
      dashboardToken: null,
      host: '0.0.0.0',
      port: 8080,
      logLevel: 'info',
    })
  })

  it.each([
    ['https://git.example.com', 'https://git.example.com'],
    ['https://git.example.com/api/v4', 'https://git.example.com'],
    ['https://git.example.com/gitlab//api/v4/', 'https://git.example.com/gitlab'],
    ['https://git.example.com/api/v4/more', 'https://git.example.com/api/v4/more'],
  ])('takes %s as the instance %s', (given, url) => {
    expect(readEnv({ ...ENOUGH, GITLAB_URL: given }).gitlab.url).toBe(url)
  })

  it.each<[Variables, string[]]>([
    [{ GITLAB_WEBHOOK_SECRET: 'x'.repeat(16), DASHBOARD_TOKEN: 'y'.repeat(16) }, []],
    [{ GITLAB_WEBHOOK_SECRET: `${'x'.repeat(16)},${'x'.repeat(15)}` }, ['GITLAB_WEBHOOK_SECRET']],
    [{ GITLAB_WEBHOOK_SECRET: 'x'.repeat(16), DASHBOARD_TOKEN: 'sesame' }, ['DASHBOARD_TOKEN']],
  ])('says which secrets may be guessed', (variables, names) => {
    expect(guessableOf(readEnv({ ...ENOUGH, ...variables }))).toEqual(names)
  })

  it('is read in full', () => {
    const [first, second] = [signingToken(24), signingToken(64)]
    const env = readEnv({
      GITLAB_URL: 'https://git.example.com/gitlab/',
      GITLAB_TOKEN: ' glpat-1\n',
      GITLAB_WEBHOOK_SECRET: 'old, new',
      GITLAB_WEBHOOK_SIGNING_TOKEN: `${first},${second}`,
      REDIS_URL: 'rediss://:pass@redis.example.com:6380/2',
      SLACK_BOT_TOKEN: 'xoxb-1-2',
      SLACK_API_URL: 'http://127.0.0.1:9/api',
      SLACK_CHANNEL: '#ci',
      PIPEWARDEN_CONFIG: '/etc/bot.yaml',
      PIPEWARDEN_DATA_DIR: '/var/lib/bot',
      DASHBOARD_TOKEN: 'open sesame',
      HOST: '127.0.0.1',
      PORT: '0',
      LOG_LEVEL: 'DEBUG',
    })
    expect(env.gitlab).toEqual({
      url: 'https://git.example.com/gitlab',
      token: 'glpat-1',
      webhookSecrets: ['old', 'new'],
      signingTokens: [first, second],
    })
    expect(env.redis).toMatchObject({ mode: 'single', tls: true, endpoint: { host: 'redis.example.com', port: 6380 } })
    expect(env.slack).toEqual({ botToken: 'xoxb-1-2', apiUrl: 'http://127.0.0.1:9/api/', channel: '#ci' })
    expect(env.config).toEqual({ file: '/etc/bot.yaml', required: true })
    expect(env).toMatchObject({ dataDir: '/var/lib/bot', host: '127.0.0.1', port: 0, logLevel: 'debug' })
  })

  it('takes empty variables for unset ones, as compose files leave them', () => {
    const empty = {
      REDIS_URL: '',
      PORT: ' ',
      LOG_LEVEL: '',
      GITLAB_URL: '',
      SLACK_BOT_TOKEN: '',
      PIPEWARDEN_CONFIG: '',
    }
    expect(readEnv({ ...ENOUGH, ...empty })).toEqual(readEnv(ENOUGH))
  })

  it('may have a signing token instead of a secret', () => {
    expect(problems({ GITLAB_TOKEN: 'a', GITLAB_WEBHOOK_SIGNING_TOKEN: signingToken(32) })).toEqual([])
  })

  it.each([
    ['redis://localhost', 'single'],
    ['redis+sentinel://a:26379,b:26379/main', 'sentinel'],
    ['redis+cluster://a:6379,b:6379', 'cluster'],
  ])('may have Redis at %s', (url, mode) => {
    expect(readEnv({ ...ENOUGH, REDIS_URL: url }).redis?.mode).toBe(mode)
  })
})

describe('what is wrong with the environment', () => {
  const WRONG: [variables: Variables, problem: string][] = [
    [{ GITLAB_TOKEN: '' }, 'GITLAB_TOKEN is missing: create an access token with scope api'],
    [{ GITLAB_TOKEN: 'glpat 1' }, 'GITLAB_TOKEN has blanks'],
    [{ GITLAB_WEBHOOK_SECRET: ' , ' }, 'GITLAB_WEBHOOK_SECRET or GITLAB_WEBHOOK_SIGNING_TOKEN is missing: set one'],
    [{ GITLAB_WEBHOOK_SECRET: 'old,schlüssel' }, 'GITLAB_WEBHOOK_SECRET (number 2) has characters that no HTTP header'],
    [{ DASHBOARD_TOKEN: 'open\nsesame' }, 'DASHBOARD_TOKEN has characters that no HTTP header carries unchanged'],
    [
      { GITLAB_WEBHOOK_SIGNING_TOKEN: signingToken(23) },
      'GITLAB_WEBHOOK_SIGNING_TOKEN is not whsec_ followed by 24 to 64',
    ],
    [{ GITLAB_WEBHOOK_SIGNING_TOKEN: signingToken(65) }, 'GITLAB_WEBHOOK_SIGNING_TOKEN is not'],
    [
      { GITLAB_WEBHOOK_SIGNING_TOKEN: Buffer.alloc(32, 'key').toString('base64') },
      'GITLAB_WEBHOOK_SIGNING_TOKEN is not',
    ],
    [
      { GITLAB_WEBHOOK_SIGNING_TOKEN: `${signingToken(32)},whsec_${'-'.repeat(43)}=` },
      'GITLAB_WEBHOOK_SIGNING_TOKEN (number 2) is not',
    ],
    [{ GITLAB_URL: 'gitlab.example.com' }, 'GITLAB_URL is not an http or https URL: write it like https://gitlab.com'],
    [{ GITLAB_URL: 'ssh://git@example.com' }, 'GITLAB_URL is not an http'],
    [{ GITLAB_URL: 'https://me:secret@example.com' }, 'GITLAB_URL has a user name or password in it'],
    [{ GITLAB_URL: 'https://example.com/?a=b' }, 'GITLAB_URL has a ? or # in it'],
    [{ SLACK_API_URL: 'slack' }, 'SLACK_API_URL is not an http or https URL: write it like https://slack.com/api/'],
    [{ SLACK_BOT_TOKEN: 'xoxp-1' }, 'SLACK_BOT_TOKEN does not start with xoxb-'],
    [{ REDIS_URL: 'http://redis' }, 'REDIS_URL is wrong: it starts with "http://"; possible are redis://host:port'],
    [{ REDIS_URL: 'redis+sentinel://a:26379' }, 'REDIS_URL is wrong: the name of the master is missing'],
    [{ PORT: '65536' }, 'PORT is "65536": set it to a number from 0 (any free port) to 65535'],
    [{ PORT: '80a' }, 'PORT is "80a"'],
    [{ LOG_LEVEL: 'loud' }, 'LOG_LEVEL is "loud": set it to fatal, error, warn, info, debug, trace, silent'],
  ]

  it.each(WRONG)('%j is told with what would be right', (variables, problem) => {
    expect(problems({ ...ENOUGH, ...variables })).toEqual([expect.stringContaining(problem)])
  })

  it('is told all at once, a line each', () => {
    const message = () => readEnv({ PORT: 'x', LOG_LEVEL: 'x', REDIS_URL: 'x' })
    expect(message).toThrow(EnvError)
    expect(problems({ PORT: 'x', LOG_LEVEL: 'x', REDIS_URL: 'x' }).map((line) => line.split(' ')[0])).toEqual([
      'GITLAB_TOKEN',
      'GITLAB_WEBHOOK_SECRET',
      'REDIS_URL',
      'PORT',
      'LOG_LEVEL',
    ])
  })

  it('is, for a process that shares its work, also that it has no Redis to meet others in', () => {
    expect(() => readEnv(ENOUGH, { sharesRedis: true })).toThrow(/^REDIS_URL is missing: receivers and workers/)
    expect(() => readEnv({ ...ENOUGH, PORT: 'x' }, { sharesRedis: true })).toThrow(/REDIS_URL is missing.*\nPORT is/)
    expect(readEnv({ ...ENOUGH, REDIS_URL: 'redis://redis' }, { sharesRedis: true }).redis).not.toBeNull()
  })

  it('is told without the secrets in it', () => {
    const secret = fc.stringMatching(/^[a-z0-9]{20,40}$/)
    fc.assert(
      fc.property(secret, (text) => {
        const told = problems({
          GITLAB_TOKEN: `${text} x`,
          GITLAB_WEBHOOK_SIGNING_TOKEN: text,
          GITLAB_URL: `https://me:${text}@example.com`,
          REDIS_URL: `redis://:${text}@a:b:c`,
          SLACK_BOT_TOKEN: text,
        })
        expect(told).toHaveLength(5)
        expect(told.join('\n')).not.toContain(text)
      }),
    )
  })
})

describe('secrets', () => {
  it('are all that a log must not show, longest first', () => {
    const token = signingToken(32)
    const env = readEnv({
      ...ENOUGH,
      GITLAB_WEBHOOK_SIGNING_TOKEN: token,
      REDIS_URL: 'redis+sentinel://:redispass@a/main?sentinelPassword=sentinelpass',
      SLACK_BOT_TOKEN: 'xoxb-1',
      DASHBOARD_TOKEN: 'dash',
    })
    const secrets = secretsOf(env)
    expect([...secrets].sort()).toEqual(
      ['glpat-1', 'hush', token, token.slice(6), 'redispass', 'sentinelpass', 'xoxb-1', 'dash'].sort(),
    )
    expect(secrets[0]).toBe(token)
    expect(secretsOf(readEnv(ENOUGH))).toEqual(['glpat-1', 'hush'])
  })
})
