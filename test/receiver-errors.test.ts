import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import { connect } from 'node:net'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createReceiver } from '../src/app.ts'
import { createLog } from '../src/log.ts'
import { createMetrics } from '../src/metrics.ts'
import type { Reaction } from '../src/reaction.ts'
import { createVerifier } from '../src/receiver/credentials.ts'
import { eventually, webhookSecret } from './support/bot.ts'
import { delivery } from './support/deliveries.ts'
import { post } from './support/post.ts'

/** A reaction with a mistake in it. */
const mistaken: Reaction = {
  name: 'mistaken',
  on: ['job'],
  when: () => {
    throw new TypeError('nobody thought of this')
  },
  fact: () => 'mistaken',
  gather: async () => null,
  decide: () => ({ because: 'never', actions: [] }),
}

describe('a delivery that cannot be taken', () => {
  let lines: string[]
  let server: Server
  let port: number

  beforeEach(async () => {
    lines = []
    const receiver = createReceiver({
      reactions: [mistaken],
      verifier: createVerifier({ secrets: [webhookSecret], signingTokens: [] }),
      enqueue: async () => undefined,
      deliveries: { isNew: async () => true },
      serves: () => true,
      botUserId: () => null,
      metrics: createMetrics(),
      log: createLog('info', [], { write: (line) => void lines.push(line) }),
    })
    server = createServer((incoming, outgoing) => void receiver(incoming, outgoing)).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const address = server.address()
    port = typeof address === 'object' && address !== null ? address.port : 0
  })

  afterEach(() => new Promise((resolve) => server.close(resolve)))

  it('for a mistake of ours is answered in JSON, and the log says which', async () => {
    const answer = await post(`http://127.0.0.1:${port}`, JSON.stringify(delivery('job-failed-fail-fast')))
    expect(answer).toMatchObject({ status: 500, body: { status: 'failed' } })
    expect(lines).toHaveLength(1)
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({ level: 50, error: 'nobody thought of this' })
  })

  it('because its sender went away is one line in the log, and no mistake', async () => {
    const sender = connect(port, '127.0.0.1')
    const head = [
      'POST /webhooks/gitlab HTTP/1.1',
      'Host: bot',
      `X-Gitlab-Token: ${webhookSecret}`,
      'Content-Length: 9',
    ]
    sender.write(`${head.join('\r\n')}\r\n\r\n{`, () => setTimeout(() => sender.destroy(), 50))
    await eventually(
      () => lines,
      (seen) => seen.length > 0,
    )
    expect(lines).toHaveLength(1)
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({ level: 30 })
    expect(lines[0]).toContain('went away')
  })
})
