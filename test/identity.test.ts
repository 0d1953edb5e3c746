import { pino } from 'pino'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createGitLab, type GitLab } from '../src/gitlab/index.ts'
import { createIdentity, type Identity } from '../src/identity.ts'
import { eventually } from './support/bot.ts'
import { type FakeGitLab, startFakeGitLab } from './support/fake-gitlab/index.ts'

const log = pino({ level: 'silent' })
const pauses = { answered: 20, unanswered: 20 }

describe('who the bot is', () => {
  let gitlab: FakeGitLab
  let gateway: GitLab
  let token: string
  let identity: Identity

  beforeEach(async () => {
    gitlab = await startFakeGitLab()
    token = gitlab.addToken(gitlab.addUser({ username: 'warden', bot: true }))
    gateway = createGitLab({ url: gitlab.url, token, log, limits: { retries: 0 } })
  })

  afterEach(async () => {
    identity.close()
    await gateway.close()
    await gitlab.close()
  })

  const begin = () => {
    identity = createIdentity(gateway.reader, log, pauses)
  }
  const accepted = (wanted: boolean) =>
    eventually(
      () => identity.isAccepted(),
      (seen) => seen === wanted,
      5_000,
    )

  it('is not known before GitLab answers, and is as soon as it does', async () => {
    gitlab.failNext({ fault: 502, path: /^\/user$/, times: 3 })
    begin()
    expect(identity.known()).toBeNull()
    expect(identity.isAccepted()).toBe(false)
    await accepted(true)
    expect(identity.known()).toMatchObject({ username: 'warden' })
  })

  it('stays known when the token is revoked, but GitLab no longer accepts the bot', async () => {
    begin()
    await accepted(true)
    gitlab.revokeToken(token)
    await accepted(false)
    expect(identity.known()).toMatchObject({ username: 'warden' })
  })

  it('is accepted again after an outage of GitLab', async () => {
    begin()
    await accepted(true)
    gitlab.failNext({ fault: 503, path: /^\/user$/, times: 10 })
    await accepted(false)
    await accepted(true)
  })

  it('stays accepted while GitLab only asks to wait', async () => {
    begin()
    await accepted(true)
    const asked = () => gitlab.calls('GET', /^\/user$/).length
    const before = asked()
    gitlab.failNext({ fault: 'endpoint-limit', path: /^\/user$/, times: 3 })
    const seen: boolean[] = []
    await eventually(
      () => seen.push(identity.isAccepted()) && asked(),
      (count) => count >= before + 4,
      5_000,
    )
    expect(seen).not.toContain(false)
  })
})
