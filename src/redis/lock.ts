import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { NotYetError } from '../errors.ts'
import type { RedisClient } from './connect.ts'

export type LockOptions = {
  /** Milliseconds after which a lock whose holder died is free; a living holder renews it. */
  ttl: number
  /** Milliseconds to wait for the lock. */
  wait: number
}

const EXTEND = "return redis.call('get', KEYS[1]) == ARGV[1] and redis.call('pexpire', KEYS[1], ARGV[2]) or 0"
const RELEASE = "return redis.call('get', KEYS[1]) == ARGV[1] and redis.call('del', KEYS[1]) or 0"

/**
 * Runs something that at most one process may do at a time.
 *
 * @param work Gets a signal that aborts when the lock was lost, as after a pause longer than `ttl`.
 * @throws NotYetError when somebody else has the lock for longer than `wait`.
 */
export const withLock = async <Result>(
  redis: RedisClient,
  key: string,
  options: LockOptions,
  work: (lost: AbortSignal) => Promise<Result>,
): Promise<Result> => {
  const token = randomUUID()
  await acquire(redis, key, token, options)
  const lost = new AbortController()
  const done = new AbortController()
  const renewing = renew(redis, key, token, options.ttl, lost, done.signal)
  try {
    return await work(lost.signal)
  } finally {
    done.abort()
    await renewing
    // Not released means released later, by its time to live.
    await redis.eval(RELEASE, 1, key, token).catch(() => {})
  }
}

const acquire = async (redis: RedisClient, key: string, token: string, { ttl, wait }: LockOptions): Promise<void> => {
  const deadline = Date.now() + wait
  while ((await redis.set(key, token, 'PX', ttl, 'NX')) !== 'OK') {
    if (Date.now() >= deadline) throw new NotYetError(`another worker holds ${key}`, Math.min(ttl, 1000))
    await sleep(20 + Math.random() * 60)
  }
}

/** Keeps the lock until `done`; a Redis that is away for less than `ttl` does no harm. */
const renew = async (
  redis: RedisClient,
  key: string,
  token: string,
  ttl: number,
  lost: AbortController,
  done: AbortSignal,
): Promise<void> => {
  let validUntil = Date.now() + ttl
  while (await pause(ttl / 3, done)) {
    const asked = Date.now()
    const extended = await redis.eval(EXTEND, 1, key, token, ttl).catch(() => null)
    if (extended === 1) validUntil = asked + ttl
    if (extended === 0 || Date.now() > validUntil) return lost.abort(new Error(`the lock ${key} was lost`))
  }
}

/** Whether the time passed without an abort. */
const pause = (milliseconds: number, signal: AbortSignal): Promise<boolean> =>
  sleep(milliseconds, true, { signal }).catch(() => false)
