import type { Cluster, Redis } from 'ioredis'
import type { Logger } from 'pino'

/** Logs when Redis goes away and when it is back: once each, however many attempts lie between. */
export const logOutages = (redis: Redis | Cluster, log: Logger, role: string): void => {
  let away = false
  let reason: string | undefined
  const gone = () => {
    if (away) return
    away = true
    log.error({ role, reason }, 'Redis is away: trying again until it is back')
  }
  // A Cluster's own error only says that no node could be reached.
  redis.on('node error', (error: Error) => {
    reason = error.message
  })
  redis.on('error', (error: Error) => {
    reason ??= error.message
    gone()
  })
  redis.on('reconnecting', gone)
  redis.on('ready', () => {
    if (away) log.info({ role }, 'Redis is back')
    away = false
    reason = undefined
  })
}
