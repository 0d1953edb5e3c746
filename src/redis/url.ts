/** Where a Redis is and how to get in, as REDIS_URL says it. */
export type RedisDescription =
  | { mode: 'single'; endpoint: Endpoint; tls: boolean; access: Access }
  | { mode: 'socket'; path: string; access: Access }
  | { mode: 'sentinel'; sentinels: Endpoint[]; name: string; tls: boolean; access: Access; sentinelAccess: Credentials }
  | { mode: 'cluster'; nodes: Endpoint[]; tls: boolean; access: Access }

type Endpoint = { host: string; port: number }
type Credentials = { username: string | null; password: string | null }
export type Access = Credentials & { database: number }

const FORMS =
  'redis://host:port, rediss://host:port (TLS), redis+sentinel://host:port,host:port/NAME, ' +
  'redis+cluster://host:port,host:port or unix:///path/to/redis.sock'

/**
 * Reads REDIS_URL: one server, Sentinel, Cluster, or a unix socket; `rediss+…` is the same with TLS.
 *
 * @throws Error that says what would be right; it never contains a password.
 */
export const parseRedisUrl = (text: string): RedisDescription => {
  const parts = split(text.trim())
  switch (parts.scheme) {
    case 'redis':
    case 'rediss':
      return single(parts)
    case 'redis+sentinel':
    case 'rediss+sentinel':
      return sentinel(parts)
    case 'redis+cluster':
    case 'rediss+cluster':
      return cluster(parts)
    case 'unix':
    case 'redis+unix':
      return socket(parts)
    default:
      throw new Error(`it starts with "${parts.scheme}://"; possible are ${FORMS}`)
  }
}

/** The description for logs and pages: everything but the credentials. */
export const describeRedis = (description: RedisDescription): string => {
  switch (description.mode) {
    case 'single':
      return `Redis at ${list([description.endpoint])}`
    case 'socket':
      return `Redis at ${description.path}`
    case 'sentinel':
      return `Redis "${description.name}" of the Sentinels ${list(description.sentinels)}`
    case 'cluster':
      return `Redis Cluster at ${list(description.nodes)}`
    default:
      return description satisfies never
  }
}

const list = (endpoints: readonly Endpoint[]): string =>
  endpoints.map(({ host, port }) => `${host.includes(':') ? `[${host}]` : host}:${port}`).join(', ')

type Parts = { scheme: string; credentials: Credentials; hosts: string; path: string; query: URLSearchParams }

const split = (text: string): Parts => {
  const url = text.startsWith('/') ? `unix://${text}` : text
  const match = /^([a-z+]+):\/\/(?:([^/?#]*)@)?([^/?#]*)([^?#]*)(?:\?([^#]*))?$/i.exec(url)
  if (!match) throw new Error(`it is not a URL; possible are ${FORMS}`)
  const [, scheme = '', userinfo = '', hosts = '', path = '', query = ''] = match
  if (hosts !== '' && (path + query).includes('@')) {
    throw new Error('characters like / ? # @ in the user name or the password must be percent-encoded (/ as %2F)')
  }
  return {
    scheme: scheme.toLowerCase(),
    credentials: credentials(userinfo),
    hosts,
    path: decode(path, 'path'),
    query: new URLSearchParams(query),
  }
}

const credentials = (userinfo: string): Credentials => {
  const colon = userinfo.indexOf(':')
  const [username, password] = colon < 0 ? [userinfo, ''] : [userinfo.slice(0, colon), userinfo.slice(colon + 1)]
  return { username: decode(username, 'user name') || null, password: decode(password, 'password') || null }
}

const decode = (text: string, what: string): string => {
  try {
    return decodeURIComponent(text)
  } catch {
    throw new Error(`the ${what} is not percent-encoded correctly (a % itself is written %25)`)
  }
}

const single = ({ scheme, credentials, hosts, path, query }: Parts): RedisDescription => {
  allow(query, ['db'])
  const endpoints = readEndpoints(hosts, 6379)
  const [endpoint] = endpoints
  if (!endpoint || endpoints.length > 1) throw new Error(`it must name exactly one host; possible are ${FORMS}`)
  const database = readDatabase(query.get('db') ?? path.slice(1))
  return { mode: 'single', endpoint, tls: scheme === 'rediss', access: { ...credentials, database } }
}

const sentinel = ({ scheme, credentials, hosts, path, query }: Parts): RedisDescription => {
  allow(query, ['db', 'sentinelUsername', 'sentinelPassword'])
  const name = path.slice(1)
  if (!name || name.includes('/')) {
    throw new Error('the name of the master is missing: redis+sentinel://host:port,host:port/NAME')
  }
  return {
    mode: 'sentinel',
    sentinels: readEndpoints(hosts, 26379),
    name,
    tls: scheme.startsWith('rediss'),
    access: { ...credentials, database: readDatabase(query.get('db') ?? '') },
    sentinelAccess: { username: query.get('sentinelUsername'), password: query.get('sentinelPassword') },
  }
}

const cluster = ({ scheme, credentials, hosts, path, query }: Parts): RedisDescription => {
  allow(query, ['db'])
  const database = readDatabase(query.get('db') ?? path.slice(1))
  if (database !== 0) throw new Error('a Redis Cluster has only database 0')
  const nodes = readEndpoints(hosts, 6379)
  return { mode: 'cluster', nodes, tls: scheme.startsWith('rediss'), access: { ...credentials, database } }
}

const socket = ({ credentials, hosts, path, query }: Parts): RedisDescription => {
  allow(query, ['db'])
  if (hosts) throw new Error('the path of a unix socket is absolute, with three slashes: unix:///path/to/redis.sock')
  if (path.length < 2) throw new Error('the path of the unix socket is missing: unix:///path/to/redis.sock')
  return { mode: 'socket', path, access: { ...credentials, database: readDatabase(query.get('db') ?? '') } }
}

const readEndpoints = (hosts: string, defaultPort: number): Endpoint[] =>
  hosts.split(',').map((text) => {
    const match = /^(\[[\da-f:.]+\]|[^:[\]]+)(?::(\d{1,5}))?$/i.exec(text)
    const port = Number(match?.[2] ?? defaultPort)
    if (!match?.[1]) throw new Error('every host is written host:port, with IPv6 addresses in [brackets]')
    if (port < 1 || port > 65_535) throw new Error(`${match[2]} is not a port`)
    return { host: match[1].replace(/^\[|\]$/g, ''), port }
  })

const readDatabase = (text: string): number => {
  if (text === '') return 0
  if (!/^\d{1,5}$/.test(text)) throw new Error(`the database is a number, not ${JSON.stringify(text)}`)
  return Number(text)
}

const allow = (query: URLSearchParams, known: readonly string[]): void => {
  const unknown = [...query.keys()].find((name) => !known.includes(name))
  if (unknown !== undefined) throw new Error(`it has an unknown parameter "${unknown}"; known: ${known.join(', ')}`)
}
