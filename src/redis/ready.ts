import type { RedisClient } from './connect.ts'

/** Resolves once the client is connected, at the latest after `ms` milliseconds: a start must not depend on Redis. */
export const readyWithin = (redis: RedisClient, ms: number): Promise<void> =>
  new Promise((resolve) => {
    if (redis.status === 'ready') return resolve()
    const done = () => {
      clearTimeout(timer)
      redis.off('ready', done)
      resolve()
    }
    const timer = setTimeout(done, ms)
    redis.once('ready', done)
  })
