import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type FakeSlack, startFakeSlack } from './support/fake-slack/index.ts'

let slack: FakeSlack
beforeEach(async () => {
  slack = await startFakeSlack()
})
afterEach(() => slack.close())

const send = async (method: string, params: Record<string, string>, token = slack.token) => {
  const headers = { authorization: `Bearer ${token}` }
  const response = await fetch(`${slack.url}${method}`, { method: 'POST', headers, body: new URLSearchParams(params) })
  const text = await response.text()
  return { status: response.status, headers: response.headers, body: text.startsWith('{') ? JSON.parse(text) : text }
}

const section = (length: number) => ({ type: 'section', text: { type: 'mrkdwn', text: 'x'.repeat(length) } })
const button = (length: number) => ({
  type: 'actions',
  elements: [{ type: 'button', text: { type: 'plain_text', text: 'x'.repeat(length) } }],
})
const fields = (count: number, length: number) => ({
  type: 'section',
  fields: Array.from({ length: count }, () => ({ type: 'mrkdwn', text: 'x'.repeat(length) })),
})
const header = (length: number) => ({ type: 'header', text: { type: 'plain_text', text: 'x'.repeat(length) } })

describe('the fake Slack', () => {
  test('keeps messages with their threads and edits', async () => {
    const channel = slack.addChannel('ci')
    const first = await send('chat.postMessage', { channel: '#ci', text: 'main is broken' })
    await send('chat.postMessage', { channel: channel.id, text: 'still', thread_ts: first.body.ts })
    await send('chat.update', { channel: channel.id, ts: first.body.ts, text: 'main works again' })
    expect(slack.messagesIn(channel)).toMatchObject([
      { text: 'main works again', edits: [{ text: 'main is broken' }] },
      { text: 'still', threadTs: first.body.ts },
    ])
    expect(slack.thread(first.body.ts)).toHaveLength(1)
    expect(slack.problems).toEqual([])
  })

  test.each([
    ['50 blocks', Array.from({ length: 50 }, () => section(3000)), true],
    ['51 blocks', Array.from({ length: 51 }, () => section(1)), false],
    ['a section of 3001 characters', [section(3001)], false],
    ['10 fields of 2000 characters', [fields(10, 2000)], true],
    ['11 fields', [fields(11, 1)], false],
    ['a field of 2001 characters', [fields(1, 2001)], false],
    ['a header of 150 characters', [header(150)], true],
    ['a header of 151 characters', [header(151)], false],
    ['a button of 75 characters', [button(75)], true],
    ['a button of 76 characters', [button(76)], false],
    ['an empty section', [{ type: 'section' }], false],
    ['an unknown block', [{ type: 'banner' }], false],
  ])('judges %s', async (_what, blocks, fine) => {
    slack.addChannel('ci')
    const { body } = await send('chat.postMessage', { channel: 'ci', text: 'x', blocks: JSON.stringify(blocks) })
    expect([body.ok, body.error ?? null]).toEqual(fine ? [true, null] : [false, 'invalid_blocks'])
  })

  test('refuses as Slack does', async () => {
    slack.addChannel('closed', { archived: true })
    slack.addChannel('strange', { isMember: false })
    const post = async (channel: string, text: string) => (await send('chat.postMessage', { channel, text })).body.error
    expect([await post('none', 'x'), await post('closed', 'x'), await post('strange', 'x')]).toEqual([
      'channel_not_found',
      'is_archived',
      'not_in_channel',
    ])
    slack.addChannel('ci')
    expect([await post('ci', 'x'.repeat(40_001)), await post('ci', '')]).toEqual(['msg_too_long', 'no_text'])
    expect((await send('auth.test', {}, 'other')).body.error).toBe('invalid_auth')
    expect((await send('chat.shout', {})).body.error).toBe('unknown_method')
    expect(slack.problems).toHaveLength(3)
  })

  test('says which scope is missing', async () => {
    const narrow = await startFakeSlack({ scopes: ['chat:write'] })
    const headers = { authorization: `Bearer ${narrow.token}` }
    const response = await fetch(`${narrow.url}conversations.list`, { method: 'POST', headers })
    expect(await response.json()).toMatchObject({
      error: 'missing_scope',
      needed: 'channels:read',
      provided: 'chat:write',
    })
    await narrow.close()
  })

  test('finds people and opens direct messages', async () => {
    const dana = slack.addUser('dana', 'dana@acme.example')
    const { body } = await send('users.lookupByEmail', { email: 'dana@acme.example' })
    expect(body.user.id).toBe(dana.id)
    const opened = await send('conversations.open', { users: dana.id })
    expect((await send('chat.postMessage', { channel: opened.body.channel.id, text: 'Hi' })).body.ok).toBe(true)
    expect((await send('users.lookupByEmail', { email: 'none@acme.example' })).body.error).toBe('users_not_found')
  })

  test('shows what is in a channel or thread to members with the scope, page by page', async () => {
    const channel = slack.addChannel('ci').id
    const metadata = JSON.stringify({ event_type: 'told', event_payload: { id: '7' } })
    const { ts } = (await send('chat.postMessage', { channel, text: 'one', metadata })).body
    await send('chat.postMessage', { channel, text: 'two' })
    await send('chat.postMessage', { channel, text: 'answer', thread_ts: ts })
    const read = async (method: string, more: Record<string, string>) =>
      (await send(`conversations.${method}`, { channel, include_all_metadata: 'true', ...more })).body
    const texts = (body: { messages: { text: string }[] }) => body.messages.map(({ text }) => text)
    const first = await read('history', { limit: '1' })
    expect([texts(first), first.has_more]).toEqual([['two'], true])
    const second = await read('history', { limit: '1', cursor: first.response_metadata.next_cursor })
    expect([texts(second), second.has_more]).toEqual([['one'], false])
    expect(second.messages[0].metadata.event_payload).toEqual({ id: '7' })
    expect((await read('history', { include_all_metadata: 'false', latest: '9e9' })).messages[1].metadata).toEqual({
      event_type: 'told',
    })
    expect(texts(await read('replies', { ts }))).toEqual(['one', 'answer'])
    expect(texts(await read('history', { oldest: ts }))).toEqual(['two'])
    expect((await read('replies', { ts: '1.2' })).error).toBe('thread_not_found')
    expect((await read('history', { channel: '#ci' })).error).toBe('channel_not_found')
    expect((await read('history', { channel: slack.addChannel('far', { isMember: false }).id })).error).toBe(
      'not_in_channel',
    )
    slack.scopes.splice(0, slack.scopes.length, 'chat:write')
    expect(await read('history', {})).toMatchObject({ error: 'missing_scope', needed: 'channels:history' })
  })

  test('refuses metadata that is none', async () => {
    slack.addChannel('ci')
    const { body } = await send('chat.postMessage', { channel: 'ci', text: 'x', metadata: '{"event_type":"told"}' })
    expect(body.error).toBe('invalid_metadata_format')
  })

  test('breaks the connection after it has taken a message, when told to', async () => {
    const channel = slack.addChannel('ci')
    slack.behaviour.loseAnswers = true
    await expect(send('chat.postMessage', { channel: 'ci', text: 'x' })).rejects.toThrow()
    expect(slack.messagesIn(channel)).toHaveLength(1)
  })

  test('lists channels in pages', async () => {
    for (const name of ['a', 'b', 'c']) slack.addChannel(name)
    const first = await send('conversations.list', { limit: '2' })
    const second = await send('conversations.list', { limit: '2', cursor: first.body.response_metadata.next_cursor })
    expect([first.body.channels.length, second.body.channels.length]).toEqual([2, 1])
    expect(second.body.response_metadata.next_cursor).toBe('')
  })

  test('limits messages, is out of order or hangs when told to', async () => {
    slack.addChannel('ci')
    slack.behaviour.messageInterval = 60_000
    await send('chat.postMessage', { channel: 'ci', text: 'one' })
    const limited = await send('chat.postMessage', { channel: 'ci', text: 'two' })
    expect([limited.status, limited.headers.get('retry-after'), limited.body.error]).toEqual([429, '60', 'ratelimited'])
    slack.behaviour.outage = true
    expect((await send('auth.test', {})).status).toBe(503)
    slack.behaviour.hang = true
    const hanging = fetch(`${slack.url}auth.test`, { method: 'POST', signal: AbortSignal.timeout(50) })
    await expect(hanging).rejects.toThrow()
  })
})
