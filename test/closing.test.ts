import { connect, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { eventually, startBot, startTestRedis, webhookSecret } from './support/bot.ts'
import { useBots } from './support/bots.ts'
import { startFakeGitLab } from './support/fake-gitlab/index.ts'
import { usePlace } from './support/place.ts'

describe('a process that is told to stop while somebody sends a delivery slowly', () => {
  const place = usePlace()
  const bots = useBots(place, () => ({ config: 'fail_fast: {settle: 1s}\nundercoverage: {enabled: false}' }))
  let sender: Socket

  beforeEach(async () => {
    const { gitlab, project, author } = place
    const bot = await bots.run()
    const mergeRequest = gitlab.addMergeRequest(project, { sourceBranch: 'ripe-apples', author })
    const jobs = ['rspec fail-fast', 'rspec 1/2', 'rspec 2/2'].map((name) => ({ name, status: 'running' as const }))
    const pipeline = gitlab.addPipeline(project, { mergeRequest, jobs })
    sender = await slowSender(Number(new URL(bot.url).port))
    gitlab.finishJob(gitlab.job(pipeline, 'rspec fail-fast'), 'failed', { failureReason: 'script_failure' })
    await gitlab.settled()
  })

  afterEach(() => {
    sender.destroy()
  })

  /** Has sent the head of a request and keeps the rest to itself. */
  async function slowSender(port: number): Promise<Socket> {
    const socket = connect(port, '127.0.0.1').on('error', () => undefined)
    const head = [
      'POST /webhooks/gitlab HTTP/1.1',
      'Host: bot',
      `X-Gitlab-Token: ${webhookSecret}`,
      'Content-Length: 9',
    ]
    socket.write(`${head.join('\r\n')}\r\n\r\n{`)
    await sleep(100)
    return socket
  }

  it('begins no task any more, leaves it to others, and cuts the sender off', async () => {
    const started = Date.now()
    await bots.close()
    expect(Date.now() - started).toBeLessThan(8_000)
    expect(place.gitlab.calls('POST', /\/cancel$/)).toEqual([])
    expect(await place.redis.client().zcard('{pipewarden:fail-fast}:fail-fast:delayed')).toBe(1)
    await eventually(
      () => sender.closed,
      (closed) => closed,
    )
  })
})

describe('a process whose port is taken', () => {
  it('says which variables name it, and leaves neither a worker nor a connection behind', async () => {
    const redis = await startTestRedis()
    const gitlab = await startFakeGitLab()
    const token = gitlab.addToken(gitlab.addUser({ username: 'imke' }))
    const variables = { PORT: new URL(gitlab.url).port }
    await expect(startBot({ gitlab, token, redis, variables })).rejects.toThrow(
      /^cannot listen on HOST 127\.0\.0\.1, PORT \d+: .*EADDRINUSE/,
    )
    const connections = (await redis.client().client('LIST')) as string
    expect(connections).not.toContain('name=pipewarden')
    await gitlab.close()
    await redis.stop()
  })
})
