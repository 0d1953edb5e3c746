import { expect, it } from 'vitest'
import type { RedisClient } from '../../src/redis/connect.ts'
import { createTestMemory } from '../../src/store/tests/read.ts'

const hysteresis = { window: 1_000, passes: 30, quiet: 1_000 }

it('Jobs that ask for the list at the same moment are answered by one look, and by another one after it failed', async () => {
  let looks = 0
  const redis = {
    get: async () => '7',
    smembers: async () => {
      looks += 1
      if (looks === 1) throw new Error('connection lost')
      return []
    },
  }
  const memory = createTestMemory(redis as unknown as RedisClient)
  const ask = () => Promise.allSettled(Array.from({ length: 50 }, () => memory.unhealthy(41, 0, hysteresis)))
  const failed = await ask()
  expect(failed.every(({ status }) => status === 'rejected')).toBe(true)
  expect(looks).toBe(1)
  const answered = await ask()
  expect(answered.every(({ status }) => status === 'fulfilled')).toBe(true)
  expect(looks).toBe(2)
})
