import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { checkSlack } from '../../src/desk/check-slack.ts'
import { type FakeSlack, startFakeSlack } from '../support/fake-slack/index.ts'

let slack: FakeSlack
let folder: string

beforeEach(async () => {
  slack = await startFakeSlack()
  folder = await mkdtemp(join(tmpdir(), 'pipewarden-check-'))
})
afterEach(async () => {
  await slack.close()
  await rm(folder, { recursive: true, force: true })
})

const config = `
slack: {routes: [{channel: $SLACK_CHANNEL}, {channel: "#gone"}, {channel: $AUTHOR}]}
overrides:
  - projects: ["legacy/**"]
    slack: {routes: [{channel: "#legacy"}, {channel: $SLACK_CHANNEL}]}
  - projects: ["quiet/**"]
    slack: {remind_after: 1h}
`

async function check(text: string, change: Record<string, string> = {}) {
  const file = join(folder, 'pipewarden.yaml')
  await writeFile(file, text)
  return checkSlack({ SLACK_BOT_TOKEN: slack.token, SLACK_API_URL: slack.url, SLACK_CHANNEL: '#ci', ...change }, file)
}

describe('check slack', () => {
  it('sends a message to every channel of the file, and says which refuse it and why', async () => {
    const channels = [slack.addChannel('ci'), slack.addChannel('legacy')]
    const { exitCode, channels: results } = await check(config)
    expect(exitCode).toBe(1)
    expect(results).toEqual([
      { channel: '#ci', ok: true, because: null },
      { channel: '#gone', ok: false, because: expect.stringContaining('channel_not_found; check the name or the id') },
      { channel: '$AUTHOR', ok: true, because: null },
      { channel: '#legacy', ok: true, because: null },
    ])
    for (const channel of channels) expect(slack.messagesIn(channel)).toHaveLength(1)
    expect(slack.problems).toEqual([])
  })

  it('is content when all of them take it', async () => {
    slack.addChannel('ci')
    expect(await check('')).toMatchObject({ exitCode: 0, channels: [{ channel: '#ci', ok: true }] })
  })

  it.each<[string, string, Record<string, string>, string]>([
    ['there is no token', '', { SLACK_BOT_TOKEN: '' }, 'SLACK_BOT_TOKEN is missing'],
    ['the token is none of a bot', '', { SLACK_BOT_TOKEN: 'xoxp-1' }, 'does not start with xoxb-'],
    ['no channel is named', '', { SLACK_CHANNEL: '' }, 'no route leads to a channel'],
    ['the file is wrong', 'slack: {rotues: []}', {}, 'did you mean slack.routes?'],
    ['nobody answers', '', { SLACK_API_URL: 'http://127.0.0.1:9/api/' }, 'Slack does not answer'],
  ])('cannot tell when %s', async (_title, text, variables, problem) => {
    const { exitCode, problems } = await check(text, variables)
    expect(exitCode).toBe(2)
    expect(problems.join()).toContain(problem)
  })
})
