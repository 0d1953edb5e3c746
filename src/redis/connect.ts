import { Cluster, Redis, type RedisOptions } from 'ioredis'
import type { Logger } from 'pino'
import { logOutages } from './outage.ts'
import type { Access, RedisDescription } from './url.ts'

/**
 * `producer`: fails at once while Redis is away, so that the sender hears of it. `worker`: waits for ever, as BullMQ's
 * workers need it. `store`: waits out a short outage, then fails.
 */
export type RedisRole = 'producer' | 'worker' | 'store'

export type RedisClient = Redis | Cluster

/** A client that connects by itself, and again within a second of Redis being back. */
export const createRedis = (description: RedisDescription, role: RedisRole, log: Logger): RedisClient => {
  const redis = description.mode === 'cluster' ? createCluster(description, role) : createSingle(description, role)
  logOutages(redis, log, role)
  return redis
}

/** Without the mapping of replies, which would change the types of all commands. */
type Options = Omit<RedisOptions, 'replyMapping'>

/** Milliseconds until the next attempt to connect. */
const retryDelay = (attempt: number): number => Math.min(attempt * 50, 1000)

const roleOptions = (role: RedisRole): Options => {
  switch (role) {
    case 'producer':
      return { maxRetriesPerRequest: 1, commandTimeout: 2000 }
    case 'worker':
      return { maxRetriesPerRequest: null }
    case 'store':
      return { maxRetriesPerRequest: null, commandTimeout: 5000 }
    default:
      return role satisfies never
  }
}

const commonOptions = (access: Access, tls: boolean, role: RedisRole): Options => ({
  ...roleOptions(role),
  ...credentialOptions(access),
  ...(tls ? { tls: {} } : {}),
  connectionName: `pipewarden-${role}`,
  connectTimeout: 2000,
  // After a failover the old master answers READONLY until the connection is made anew.
  reconnectOnError: (error) => error.message.includes('READONLY'),
})

const credentialOptions = ({ username, password }: Access): Options => ({
  ...(username === null ? {} : { username }),
  ...(password === null ? {} : { password }),
})

type Single = Exclude<RedisDescription, { mode: 'cluster' }>

const createSingle = (description: Single, role: RedisRole): Redis =>
  new GatheringRedis({
    ...commonOptions(description.access, description.mode !== 'socket' && description.tls, role),
    ...addressOptions(description),
    db: description.access.database,
    enableOfflineQueue: role !== 'producer',
    retryStrategy: retryDelay,
  })

const addressOptions = (description: Single): Options => {
  switch (description.mode) {
    case 'single':
      return description.endpoint
    case 'socket':
      return { path: description.path }
    case 'sentinel':
      return sentinelOptions(description)
    default:
      return description satisfies never
  }
}

const sentinelOptions = (description: Extract<Single, { mode: 'sentinel' }>): Options => {
  const { username, password } = description.sentinelAccess
  return {
    sentinels: description.sentinels,
    name: description.name,
    sentinelRetryStrategy: retryDelay,
    sentinelCommandTimeout: 2000,
    ...(username === null ? {} : { sentinelUsername: username }),
    ...(password === null ? {} : { sentinelPassword: password }),
    ...(description.tls ? { enableTLSForSentinelMode: true, sentinelTLS: {} } : {}),
  }
}

const createCluster = (description: Extract<RedisDescription, { mode: 'cluster' }>, role: RedisRole): Cluster => {
  const redisOptions = commonOptions(description.access, description.tls, role)
  const Client = redisOptions.commandTimeout === undefined ? Cluster : ImpatientCluster
  return new Client(description.nodes, {
    redisOptions,
    enableOfflineQueue: role !== 'producer',
    clusterRetryStrategy: retryDelay,
    slotsRefreshTimeout: 2000,
    // Certificates are made out to names: resolved addresses would not match them.
    ...(description.tls ? { dnsLookup: (name, give) => give(null, name) } : {}),
  })
}

/**
 * Sends the commands of one turn of the event loop in one write, for a system call costs more than a command.
 *
 * Unlike ioredis's automatic pipelines, which wait for the answers to one before they send the next.
 */
class GatheringRedis extends Redis {
  override sendCommand(...[command, stream]: Parameters<Redis['sendCommand']>): unknown {
    // Not there before the first connection, which the types do not tell.
    const socket: Redis['stream'] | undefined = this.stream
    if (socket?.writableCorked === 0) {
      socket.cork()
      setImmediate(() => socket.uncork())
    }
    return super.sendCommand(command, stream)
  }
}

/** ioredis limits the time of commands that a node has, but not of those that wait for a node. */
class ImpatientCluster extends Cluster {
  override sendCommand(...[command, stream, node]: Parameters<Cluster['sendCommand']>): unknown {
    const patience = this.options.redisOptions?.commandTimeout
    if (patience !== undefined) command.setTimeout(patience)
    return super.sendCommand(command, stream, node)
  }
}
