import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { describeRedis, parseRedisUrl, type RedisDescription } from '../../src/redis/url.ts'

const nobody = { username: null, password: null }
const access = { ...nobody, database: 0 }

const understood: [url: string, description: RedisDescription][] = [
  ['redis://cache', { mode: 'single', endpoint: { host: 'cache', port: 6379 }, tls: false, access }],
  ['redis://[::1]:7000/', { mode: 'single', endpoint: { host: '::1', port: 7000 }, tls: false, access }],
  [
    'rediss://bot:p%40ss%2Fword:x@cache.example:6380/3',
    {
      mode: 'single',
      endpoint: { host: 'cache.example', port: 6380 },
      tls: true,
      access: { username: 'bot', password: 'p@ss/word:x', database: 3 },
    },
  ],
  [
    ' redis://:secret@cache?db=2\n',
    {
      mode: 'single',
      endpoint: { host: 'cache', port: 6379 },
      tls: false,
      access: { username: null, password: 'secret', database: 2 },
    },
  ],
  [
    'redis+sentinel://:secret@s1:26379,s2,[::1]:5/main?db=1&sentinelPassword=other',
    {
      mode: 'sentinel',
      sentinels: [
        { host: 's1', port: 26379 },
        { host: 's2', port: 26379 },
        { host: '::1', port: 5 },
      ],
      name: 'main',
      tls: false,
      access: { username: null, password: 'secret', database: 1 },
      sentinelAccess: { username: null, password: 'other' },
    },
  ],
  [
    'rediss+cluster://bot:secret@n1:7001,n2:7002',
    {
      mode: 'cluster',
      nodes: [
        { host: 'n1', port: 7001 },
        { host: 'n2', port: 7002 },
      ],
      tls: true,
      access: { username: 'bot', password: 'secret', database: 0 },
    },
  ],
  ['/run/redis.sock', { mode: 'socket', path: '/run/redis.sock', access }],
  [
    'unix://:secret@/run/my%20redis.sock?db=4',
    { mode: 'socket', path: '/run/my redis.sock', access: { username: null, password: 'secret', database: 4 } },
  ],
]

const refused: [url: string, because: RegExp][] = [
  ['', /not a URL; possible are redis:/],
  ['localhost:6379', /not a URL; possible are redis:/],
  ['http://localhost', /starts with "http:\/\/"; possible are redis:/],
  ['redis://', /every host is written host:port/],
  ['redis://a,b', /exactly one host/],
  ['redis://a:b', /every host is written host:port/],
  ['redis://a:70000', /70000 is not a port/],
  ['redis://a/first', /the database is a number/],
  ['redis://a?tls=true', /unknown parameter "tls"; known: db/],
  ['redis://::1:6379', /IPv6 addresses in \[brackets\]/],
  ['redis://:topsecret%@a', /the password is not percent-encoded/],
  ['redis://:top/secret@a:6379', /must be percent-encoded/],
  ['redis+sentinel://a:1,b:2', /name of the master is missing/],
  ['redis+cluster://a:1/3', /only database 0/],
  ['redis+cluster://a:1,', /every host is written host:port/],
  ['unix://run/redis.sock', /three slashes/],
  ['unix:///', /path of the unix socket is missing/],
]

describe('REDIS_URL', () => {
  test.each(understood)('%j is understood', (url, description) => {
    expect(parseRedisUrl(url)).toEqual(description)
  })

  test.each(refused)('%j is refused with what would be right', (url, because) => {
    expect(() => parseRedisUrl(url)).toThrow(because)
  })

  test('any user name and password can be given percent-encoded', () => {
    const text = fc.string({ minLength: 1, unit: 'grapheme' })
    fc.assert(
      fc.property(text, text, (username, password) => {
        const url = `redis://${encodeURIComponent(username)}:${encodeURIComponent(password)}@host`
        expect(parseRedisUrl(url)).toMatchObject({ access: { username, password } })
      }),
    )
  })

  test('a password never appears in an error or in a description', () => {
    const password = fc.string({ minLength: 4 }).map((text) => `S3cr3t${text}`)
    const template = fc.constantFrom('redis://:@host:1', 'redis+sentinel://u:@a:1,b:2/main', 'redis+cluster://:@a:b')
    fc.assert(
      fc.property(password, template, (secret, url) => {
        expect(outcome(url.replace(':@', () => `:${secret}@`))).not.toContain('S3cr3t')
      }),
    )
  })
})

const outcome = (url: string): string => {
  try {
    return describeRedis(parseRedisUrl(url))
  } catch (error) {
    return String(error)
  }
}
