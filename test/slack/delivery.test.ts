import { pino } from 'pino'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { NotYetError, OutdatedError, RefusedError } from '../../src/errors.ts'
import type { Incident, Telling } from '../../src/incident.ts'
import { rememberIncident, tellSlack } from '../../src/perform/tell-slack.ts'
import type { PerformDeps } from '../../src/perform/types.ts'
import { createSlackClient } from '../../src/slack/client.ts'
import { type SlackMessage, section } from '../../src/slack/message.ts'
import { createPace } from '../../src/slack/pace.ts'
import { createPeople } from '../../src/slack/people.ts'
import { createTrouble } from '../../src/slack/trouble.ts'
import { createIncidentStore } from '../../src/store/incidents.ts'
import { type IncidentRecord, withTelling } from '../../src/store/threads.ts'
import { startTestRedis, type TestRedis } from '../support/bot.ts'
import { type FakeSlack, startFakeSlack } from '../support/fake-slack/index.ts'
import type { SlackChannel } from '../support/fake-slack/state.ts'
import { incident } from './builders.ts'

let redis: TestRedis
let slack: FakeSlack
let channel: SlackChannel
let now: number

beforeAll(async () => {
  redis = await startTestRedis()
})
afterAll(() => redis.stop())

beforeEach(async () => {
  slack = await startFakeSlack()
  channel = slack.addChannel('ci')
  now = 1_000_000
  await redis.client().flushall()
})
afterEach(async () => {
  await slack.close()
  expect(slack.problems).toEqual([])
})

/** Only what these actions use. */
function deps(timeoutMs = 2_000): PerformDeps {
  const client = createSlackClient({ token: slack.token, apiUrl: slack.url, timeoutMs })
  const store = redis.client()
  const trouble = createTrouble({ redis: store, log: pino({ level: 'silent' }) })
  return { redis: store, slack: { client, pace: createPace(store), trouble }, now: () => now } as PerformDeps
}

const place = { project: 41, subject: 'branch/main', destination: '#ci' }
const say = (text: string): SlackMessage => ({ text, blocks: [section(text)] })
const open = (card: string): Telling => ({ thread: 'open', card: say(card), reply: null })
const goOn = (card: string | null, reply: string | null): Telling => ({
  thread: 'current',
  card: card === null ? null : say(card),
  reply: reply === null ? null : say(reply),
})

const circumstances = { decidedAt: 1_000_000, firstTry: true }
const action = (revision: number, change: Partial<Incident> = {}) =>
  incident({ revision, by: `fact ${revision}`, thread: null, ...change })

const remember = (next: Incident, telling: Telling | null, at = place) =>
  rememberIncident({ type: 'remember_incident', project: 41, place: at, next, telling }, deps(), {
    decidedAt: now,
    firstTry: true,
  })
const tell = (with_ = deps(), at = place) =>
  tellSlack({ type: 'tell_slack', project: 41, place: at }, with_, circumstances)

/** As if nothing had been sent for a while. */
const freeChannel = async () => redis.client().del(...(await redis.client().keys('*slack-pace*')))

/** Slack does what it is told, but nobody hears of it. */
async function tellUnheard(): Promise<void> {
  slack.behaviour.loseAnswers = true
  await expect(tell()).rejects.toThrow(NotYetError)
  slack.behaviour.loseAnswers = false
}

const seen = () => slack.messagesIn(channel).map(({ text, threadTs }) => (threadTs === null ? text : `> ${text}`))
const thread = async () => (await createIncidentStore(redis.client()).incident(place))?.thread ?? null

describe('remembering an incident', () => {
  it('takes the next revision, the same one again without effect, and no other', async () => {
    expect(await remember(action(1), open('red'))).toEqual({ result: 'done' })
    expect(await remember(action(1), open('red'))).toEqual({ result: 'already so' })
    await expect(remember(action(1, { by: 'another' }), open('red'))).rejects.toThrow(OutdatedError)
    await expect(remember(action(3), null)).rejects.toThrow(OutdatedError)
    expect(await remember(action(2, { thread: 1 }), null)).toEqual({ result: 'done' })
  })

  it('lets one of many win', async () => {
    const tries = Array.from({ length: 8 }, (_, index) =>
      remember(action(1, { by: `fact ${index}` }), open(`red ${index}`)),
    )
    const results = await Promise.allSettled(tries)
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
    await tell()
    expect(seen()).toHaveLength(1)
  })

  it('keeps places apart: projects, subjects and destinations', async () => {
    await remember(action(1), open('red'))
    for (const other of [{ project: 42 }, { subject: 'branch/{x}:y' }, { destination: '#qa' }]) {
      expect(await remember(action(1), null, { ...place, ...other })).toEqual({ result: 'done' })
    }
  })

  it('finds what is due, once, until it is due again', async () => {
    const store = createIncidentStore(redis.client())
    await remember(action(1, { due: 500 }), null)
    expect((await store.takeDue(499)).length).toBe(0)
    expect((await store.takeDue(500)).map((found) => found.place)).toEqual([place])
    expect((await store.takeDue(500)).length).toBe(0)
    expect((await store.takeDue(700_000)).length).toBe(1)
    await remember(action(2, { due: null }), null)
    expect((await store.takeDue(9_000_000)).length).toBe(0)
  })
})

describe('telling', () => {
  it('posts a card, edits it and answers it, each once', async () => {
    await remember(action(1), open('red'))
    expect(await tell()).toEqual({ result: 'done', detail: 'told in #ci' })
    expect(await tell()).toEqual({ result: 'already so' })
    await remember(action(2, { thread: await thread() }), goOn('green', 'mended'))
    await tell()
    await tell()
    expect(seen()).toEqual(['green', '> mended'])
    expect(slack.messagesIn(channel)[0]?.edits).toHaveLength(1)
  })

  it('posts nothing again that is red for so long that all of it would be forgotten', async () => {
    await remember(action(1), open('red'))
    await tell()
    const store = redis.client()
    const [shown = ''] = await store.keys('*incidents-shown*')
    await store.expire(shown, 60)
    await remember(action(2, { thread: await thread() }), null)
    expect(await store.ttl(shown)).toBeGreaterThan(86_400)
  })

  it('starts a new thread for the next incident, and finishes the last one first', async () => {
    await remember(action(1), open('red'))
    await tell()
    await remember(action(2, { thread: await thread() }), goOn('green', 'mended'))
    await remember(action(3), open('red again'))
    await tell()
    expect(seen()).toEqual(['green', '> mended', 'red again'])
  })

  it('shows what became of it when nobody could be told in the meantime', async () => {
    await remember(action(1), open('red'))
    slack.behaviour.outage = true
    await expect(tell()).rejects.toThrow(NotYetError)
    await remember(action(2, { thread: await thread() }), goOn('green', 'mended'))
    slack.behaviour.outage = false
    await tell()
    expect(seen()).toEqual(['green', '> mended'])
    expect(slack.messagesIn(channel)[0]?.edits).toEqual([])
  })

  it('goes on after a message in the middle did not get through', async () => {
    await remember(action(1), open('red'))
    await tell()
    await remember(action(2, { thread: await thread() }), goOn('redder', 'first'))
    await remember(action(3, { thread: await thread() }), goOn(null, 'second'))
    slack.behaviour.messageInterval = 60_000
    await expect(tell()).rejects.toThrow(NotYetError)
    slack.behaviour.messageInterval = 0
    await freeChannel()
    await tell()
    expect(seen()).toEqual(['redder', '> first', '> second'])
  })

  it('by many workers at once tells once', async () => {
    await remember(action(1), open('red'))
    await Promise.all(Array.from({ length: 5 }, () => tell()))
    expect(seen()).toEqual(['red'])
  })

  it('answers on its own when somebody deleted the card', async () => {
    await remember(action(1), open('red'))
    await tell()
    slack.messages.splice(0)
    await remember(action(2, { thread: await thread() }), goOn('green', 'mended'))
    await tell()
    expect(seen()).toEqual(['mended'])
  })

  it('answers on its own when the thread is locked, and goes on with what follows', async () => {
    await remember(action(1), open('red'))
    await tell()
    await remember(action(2, { thread: await thread() }), goOn('green', 'mended'))
    await remember(action(3), open('red again'))
    slack.behaviour.threadsLocked = true
    await tell()
    expect(seen()).toEqual(['green', 'mended', 'red again'])
  })

  it('does not call a channel mended that it had nothing to say to', async () => {
    await remember(action(1), open('red'))
    channel.archived = true
    await expect(tell()).rejects.toThrow('is_archived')
    await tell(deps(), { ...place, subject: 'branch/other' })
    expect(await deps().slack?.trouble.list()).toHaveLength(1)
    channel.archived = false
    await tell()
    expect(await deps().slack?.trouble.list()).toEqual([])
  })

  it('says in plain text what Slack takes no blocks for, and goes on with what follows', async () => {
    const odd = { text: 'red', blocks: [section('x'.repeat(4_000))] }
    await remember(action(1), { thread: 'open', card: odd, reply: null })
    await remember(action(2, { thread: await thread() }), goOn(null, 'mended'))
    await remember(action(3), open('red again'))
    await tell()
    expect(seen()).toEqual(['red', '> mended', 'red again'])
    expect(slack.problems.splice(0)).toHaveLength(1)
  })

  it('writes to people in their direct message', async () => {
    const dana = slack.addUser('dana', 'dana@acme.example')
    const direct = { ...place, destination: dana.id }
    await remember(action(1), open('red'), direct)
    await tell(deps(), direct)
    expect(slack.messages.map((message) => message.channel)).toEqual([`D${dana.id.slice(1)}`])
  })

  it.each<[string, () => void, { name: string; delay: [number, number]; text: string }]>([
    [
      'waits as long as a limit says',
      () => {
        slack.behaviour.messageInterval = 3_000
      },
      { name: 'NotYetError', delay: [2_000, 3_000], text: 'ratelimited' },
    ],
    [
      'tries again soon when Slack is away',
      () => {
        slack.behaviour.outage = true
      },
      { name: 'NotYetError', delay: [1_000, 1_000], text: 'HTTP status 503' },
    ],
    [
      'tries again when Slack never answers',
      () => {
        slack.behaviour.hang = true
      },
      { name: 'NotYetError', delay: [1_000, 1_000], text: 'timeout' },
    ],
    [
      'gives up when Slack refuses',
      () => {
        channel.archived = true
      },
      { name: 'RefusedError', delay: [0, 0], text: 'is_archived; the channel is archived' },
    ],
  ])('%s', async (_title, happen, { name, delay: [least, most], text }) => {
    await remember(action(1), open('red'))
    await tell()
    await remember(action(2), open('red again'))
    happen()
    const error: unknown = await tell(deps(300)).catch((reason: unknown) => reason)
    expect(error).toMatchObject({ name, message: expect.stringContaining(text) })
    const delay = error instanceof NotYetError ? error.delayMs : 0
    expect(delay).toBeGreaterThanOrEqual(least)
    expect(delay).toBeLessThanOrEqual(most)
    slack.behaviour.hang = false
  })

  it('gives up on a message that is a day old', async () => {
    await remember(action(1), open('red'))
    slack.behaviour.outage = true
    now += 3_600_000
    await expect(tell()).rejects.toThrow(NotYetError)
    now += 24 * 3_600_000
    await expect(tell()).rejects.toThrow(RefusedError)
  })

  it.each([
    ['missing_scope', { scopes: ['users:read.email'] }, 'give the app the scope chat:write and install it again'],
    ['invalid_auth', { token: 'xoxb-other' }, 'set SLACK_BOT_TOKEN'],
  ])('says what to do about %s', async (_code, { scopes, token }: { scopes?: string[]; token?: string }, advice) => {
    const other = await startFakeSlack(scopes ? { scopes } : {})
    other.addChannel('ci')
    const client = createSlackClient({ token: token ?? other.token, apiUrl: other.url })
    await remember(action(1), open('red'))
    const { slack: usual, ...rest } = deps()
    if (!usual) throw new Error('there is a Slack')
    await expect(tell({ ...rest, slack: { ...usual, client } })).rejects.toThrow(advice)
    expect(await usual.trouble.list()).toHaveLength(1)
    await other.close()
  })
})

describe('a message that Slack took although its answer was lost', () => {
  const asked = () => slack.calls.filter(({ method }) => /history|replies/.test(method)).map(({ method }) => method)

  /** Something was told before, so the channel's id is known. */
  async function known(): Promise<void> {
    const other = { ...place, subject: 'branch/ripe' }
    await remember(action(1), open('something else'), other)
    await tell(deps(), other)
    slack.messages.splice(0)
  }

  it('is found again and not posted twice, be it a card or an answer', async () => {
    await known()
    await remember(action(1), open('red'))
    await tellUnheard()
    await remember(action(2, { thread: await thread() }), goOn('redder', 'first'))
    await freeChannel()
    expect(await tell()).toMatchObject({ result: 'done' })
    await freeChannel()
    await remember(action(3, { thread: await thread() }), goOn(null, 'second'))
    await tellUnheard()
    await tell()
    expect(seen()).toEqual(['redder', '> first', '> second'])
    expect(asked()).toEqual(['conversations.history', 'conversations.replies'])
  })

  it('is found among many others', async () => {
    await known()
    await remember(action(1), open('red'))
    await tellUnheard()
    const [ours] = slack.messages.map((message) => ({ ...message }))
    if (!ours) throw new Error('Slack took it')
    const others = Array.from({ length: 500 }, () => ({ ...ours, metadata: null, text: 'chatter' }))
    slack.messages.push(...others)
    await tell()
    expect(slack.messagesIn(channel).filter(({ text }) => text === 'red')).toHaveLength(1)
    expect(asked()).toHaveLength(3)
  })

  it('is found by the next worker when one died right after it was posted', async () => {
    await known()
    await remember(action(1), open('red'))
    await tell()
    await redis.client().del(...(await redis.client().keys('*incidents-shown*')))
    await tell()
    expect(seen()).toEqual(['red'])
  })

  it('is looked for only after an answer was lost', async () => {
    await remember(action(1), open('red'))
    channel.archived = true
    await expect(tell()).rejects.toThrow('is_archived')
    channel.archived = false
    await tell()
    expect(seen()).toEqual(['red'])
    expect(asked()).toEqual([])
  })

  it('comes again when it did not get there', async () => {
    await known()
    await remember(action(1), open('red'))
    slack.behaviour.outage = true
    await expect(tell()).rejects.toThrow(NotYetError)
    slack.behaviour.outage = false
    await tell()
    expect(seen()).toEqual(['red'])
  })

  it.each<[string, () => void]>([
    ['without the scope to read the channel', () => slack.scopes.splice(0, slack.scopes.length, 'chat:write')],
    [
      'in a channel that it may write to but is no member of',
      () => {
        slack.scopes.push('chat:write.public')
        channel.isMember = false
      },
    ],
  ])('comes again %s', async (_title, happen) => {
    await known()
    happen()
    await remember(action(1), open('red'))
    await tellUnheard()
    await tell()
    expect(seen()).toEqual(['red', 'red'])
    expect(asked()).toEqual(['conversations.history'])
    expect(await deps().slack?.trouble.list()).toEqual([])
  })

  it('comes again when Slack lets nobody look for it for too long', async () => {
    await known()
    await remember(action(1), open('red'))
    await tellUnheard()
    slack.behaviour.readingLimited = true
    await expect(tell()).rejects.toThrow('ratelimited')
    now += 600_000
    await tell()
    expect(seen()).toEqual(['red', 'red'])
  })

  it('holds up nothing else in its channel while Slack lets nobody look for it', async () => {
    await known()
    await remember(action(1), open('red'))
    await tellUnheard()
    slack.behaviour.readingLimited = true
    await expect(tell()).rejects.toThrow(NotYetError)
    const other = { ...place, subject: 'branch/late' }
    await remember(action(1), open('something new'), other)
    await tell(deps(), other)
    expect(seen()).toEqual(['red', 'something new'])
  })

  it('cannot be recognized where the token may not attach anything to it, but is posted', async () => {
    slack.behaviour.takesMetadata = false
    await remember(action(1), open('red'))
    await tell()
    expect(seen()).toEqual(['red'])
    expect(slack.messages[0]?.metadata).toBeNull()
  })

  it('says nothing of its project to those who read what is attached to it', async () => {
    await remember(action(1), open('red'))
    await tell()
    expect(slack.messages[0]?.metadata).toEqual({
      event_type: 'pipewarden_message',
      event_payload: { id: expect.stringMatching(/^[0-9a-f-]{36}$/) },
    })
  })
})

describe('a channel that works again', () => {
  const hour = 3_600_000
  /** Something went wrong and was mended again; neither could be told. @returns the next revision */
  async function comeAndGone(revision: number, name: string): Promise<number> {
    await remember(action(revision, { state: 'red' }), open(`${name} red`))
    const gone = action(revision + 1, { state: 'green', thread: await thread() })
    await remember(gone, goOn(`${name} green`, `${name} mended`))
    return revision + 2
  }

  it('after some hours hears of what was last alone, not of all that came and went', async () => {
    const next = await comeAndGone(1, 'first')
    await comeAndGone(next, 'second')
    now += 5 * hour
    await tell()
    expect(seen()).toEqual(['second green', '> second mended'])
  })

  it('hears of everything that is younger than an hour', async () => {
    const next = await comeAndGone(1, 'first')
    await comeAndGone(next, 'second')
    now += hour - 1
    await tell()
    expect(seen()).toEqual(['first green', '> first mended', 'second green', '> second mended'])
  })

  it('hears of everything that is younger than an hour, however much it is', () => {
    const told = (times: readonly number[]) => {
      let known: IncidentRecord | null = null
      for (const at of times) known = withTelling(known, action(1), { ...open('passed'), thread: 'own' }, at)
      return known?.threads.map(({ at }) => at)
    }
    const minutes = Array.from({ length: 40 }, (_, index) => index * 60_000)
    expect(told(minutes)).toEqual(minutes)
    expect(told(minutes.map((at) => at * 60))).toHaveLength(10)
  })

  it('after days hears nothing of what is over', async () => {
    const next = await comeAndGone(1, 'old')
    now += 25 * hour
    expect(await tell()).toEqual({ result: 'already so' })
    await remember(action(next), open('red'))
    await tell()
    expect(seen()).toEqual(['red'])
  })

  it('after days hears of what is red now, as it is now', async () => {
    await remember(action(1), open('red'))
    now += hour
    await remember(action(2, { thread: await thread() }), goOn('redder', 'other jobs'))
    now += 24 * hour
    await remember(action(3, { thread: await thread() }), goOn(null, 'still red'))
    now += 2 * hour
    await tell()
    expect(seen()).toEqual(['redder', '> still red'])
  })

  it('sees the cards that it has turn green, and no answers that nobody needs any more', async () => {
    await remember(action(1), open('red'))
    await tell()
    await remember(action(2, { state: 'green', thread: await thread() }), goOn('green', 'mended'))
    now += 25 * hour
    await tell()
    expect(seen()).toEqual(['green'])
  })
})

describe('the pace of a channel', () => {
  it('lets a short burst through, then one message a second, and pauses when told', async () => {
    const pace = createPace(redis.client())
    const turns = [await pace.next('#ci'), await pace.next('#ci'), await pace.next('#ci'), await pace.next('#ci')]
    expect(turns.slice(0, 3)).toEqual([0, 0, 0])
    expect(turns[3]).toBeGreaterThan(500)
    expect(turns[3]).toBeLessThanOrEqual(1_000)
    expect(await pace.next('#other')).toBe(0)
    await pace.pause('#other', 5_000)
    const wait = await pace.next('#other')
    expect(wait).toBeGreaterThan(4_000)
    expect(wait).toBeLessThanOrEqual(5_000)
  })
})

describe('people', () => {
  const people = () => {
    const client = createSlackClient({ token: slack.token, apiUrl: slack.url })
    const store = redis.client()
    return createPeople({
      redis: store,
      client,
      trouble: createTrouble({ redis: store, log: pino({ level: 'silent' }) }),
    })
  }
  const asked = () => slack.calls.filter(({ method }) => method === 'users.lookupByEmail').length

  it('are asked for once, known or not, and remembered without their address', async () => {
    const dana = slack.addUser('dana', 'dana@acme.example')
    for (const _ of [1, 2]) {
      expect(await people().byEmail('Dana@acme.example')).toBe(dana.id)
      expect(await people().byEmail('nobody@acme.example')).toBeNull()
      expect(await people().byEmail('no address')).toBeNull()
    }
    expect(asked()).toBe(2)
    const keys = await redis.client().keys('*')
    expect(keys.join()).not.toContain('acme')
  })

  it('are nobody without the scope to ask, and asked for later when Slack is away', async () => {
    slack.behaviour.outage = true
    await expect(people().byEmail('dana@acme.example')).rejects.toThrow('HTTP status 503')
    slack.behaviour.outage = false
    const narrow = await startFakeSlack({ scopes: ['chat:write'] })
    const store = redis.client()
    const trouble = createTrouble({ redis: store, log: pino({ level: 'silent' }) })
    const client = createSlackClient({ token: narrow.token, apiUrl: narrow.url })
    expect(await createPeople({ redis: store, client, trouble }).byEmail('dana@acme.example')).toBeNull()
    expect((await trouble.list())[0]).toContain('give the app the scope users:read.email')
    await narrow.close()
  })
})
