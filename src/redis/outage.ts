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
  redis.on('error', (error: Error) => {
    reason = reasonOf(error)
    gone()
  })
  redis.on('reconnecting', gone)
  redis.on('ready', () => {
    if (away) log.info({ role }, 'Redis is back')
    away = false
    reason = undefined
  })
}

/** For a Cluster the error itself only says that no node could be reached. */
const reasonOf = (error: Error): string => {
  const cause = 'lastNodeError' in error ? error.lastNodeError : undefined
  return cause instanceof Error ? `${error.message} ${cause.message}` : error.message
}
