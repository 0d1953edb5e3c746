import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { NotYetError } from '../../src/errors.ts'
import { withLock } from '../../src/redis/lock.ts'
import { startTestRedis, type TestRedis } from '../support/redis.ts'

describe('a lock', () => {
  let server: TestRedis
  beforeAll(async () => {
    server = await startTestRedis()
  })
  afterAll(() => server.stop())

  test('lets one of many in at a time, and all of them in the end', async () => {
    const clients = [server.client(), server.client(), server.client()]
    let inside = 0
    let most = 0
    const visits = clients.flatMap((client) =>
      Array.from({ length: 5 }, () =>
        withLock(client, 'many', { ttl: 2000, wait: 15_000 }, async () => {
          inside += 1
          most = Math.max(most, inside)
          await sleep(10)
          inside -= 1
          return 'done'
        }),
      ),
    )
    expect(await Promise.all(visits)).toEqual(Array.from({ length: 15 }, () => 'done'))
    expect(most).toBe(1)
  })

  test('is kept for longer than its time to live while its holder works', async () => {
    const client = server.client()
    let finished = false
    const long = withLock(client, 'long', { ttl: 150, wait: 0 }, async (lost) => {
      await sleep(600)
      finished = true
      return lost.aborted
    })
    await sleep(20)
    const second = await withLock(client, 'long', { ttl: 150, wait: 5000 }, async () => finished)
    expect(second).toBe(true)
    expect(await long).toBe(false)
  })

  test('is free after the death of its holder', async () => {
    const client = server.client()
    await client.set('dead', 'token of a process that is gone', 'PX', 200)
    expect(await withLock(client, 'dead', { ttl: 200, wait: 2000 }, async () => 'in')).toBe('in')
  })

  test('that is taken for too long is a reason to look again later', async () => {
    const client = server.client()
    await client.set('taken', 'somebody', 'PX', 60_000)
    const attempt = withLock(client, 'taken', { ttl: 1000, wait: 100 }, async () => 'in')
    await expect(attempt).rejects.toThrow(NotYetError)
    await expect(attempt).rejects.toThrow('another worker holds taken')
    expect(await client.get('taken')).toBe('somebody')
  })

  test('is given back when the work fails', async () => {
    const client = server.client()
    const failing = withLock(client, 'failing', { ttl: 1000, wait: 0 }, () => Promise.reject(new Error('no luck')))
    await expect(failing).rejects.toThrow('no luck')
    expect(await client.exists('failing')).toBe(0)
  })

  test('that was lost tells its holder and is left to the new one', async () => {
    const client = server.client()
    const lost = await withLock(client, 'stolen', { ttl: 90, wait: 0 }, async (signal) => {
      await client.set('stolen', 'the new holder')
      await sleep(150)
      return signal.aborted
    })
    expect(lost).toBe(true)
    expect(await client.get('stolen')).toBe('the new holder')
  })
})
