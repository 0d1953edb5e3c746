import fc from 'fast-check'
import { describe, expect, it, test } from 'vitest'
import type { NoteSection } from '../src/action.ts'
import type { Note } from '../src/gitlab/types.ts'
import { composeNote, overallVerdict, parseNote, replaceSection, type Verdict } from '../src/note/compose.ts'
import { details } from '../src/note/details.ts'
import { planNote } from '../src/note/plan.ts'
import { table } from '../src/note/table.ts'
import { bulletList, duration, plural, sentenceList } from '../src/note/wording.ts'
import { hostileText } from './support/hostile-text.ts'

const section = (reaction: string, verdict: Verdict, markdown = `What ${reaction} says`): NoteSection => ({
  reaction,
  verdict,
  markdown,
})

describe('a note', () => {
  it('has a marker, a headline, and its sections in their order whatever the order of writing', () => {
    const body = composeNote([
      section('label-actions', 'neutral'),
      section('zebra', 'good'),
      section('undercoverage', 'bad'),
      section('another', 'good'),
      section('fail-fast', 'bad', '\n\n**Stopped**\n'),
    ])
    expect(body).toBe(
      [
        '<!-- pipewarden:note v1 -->',
        '**❌ pipewarden: action is needed** (fail-fast, undercoverage)',
        '<!-- pipewarden:section fail-fast bad -->',
        '**Stopped**',
        '<!-- pipewarden:end fail-fast -->',
        '<!-- pipewarden:section undercoverage bad -->',
        'What undercoverage says',
        '<!-- pipewarden:end undercoverage -->',
        '<!-- pipewarden:section label-actions neutral -->',
        'What label-actions says',
        '<!-- pipewarden:end label-actions -->',
        '<!-- pipewarden:section another good -->',
        'What another says',
        '<!-- pipewarden:end another -->',
        '<!-- pipewarden:section zebra good -->',
        'What zebra says',
        '<!-- pipewarden:end zebra -->',
      ].join('\n\n'),
    )
  })

  test.each([
    [[], 'good', '✅ pipewarden: nothing to report'],
    [[section('fail-fast', 'neutral')], 'neutral', '🔎 pipewarden: for your information'],
    [[section('fail-fast', 'neutral'), section('undercoverage', 'good')], 'good', '✅ pipewarden: no problems found'],
    [[section('fail-fast', 'bad'), section('undercoverage', 'good')], 'bad', '❌ pipewarden: action is needed'],
  ])('of %j is %s and says so', (sections, verdict, headline) => {
    expect(overallVerdict(sections)).toBe(verdict)
    expect(composeNote(sections).split('\n')[2]).toContain(`**${headline}**`)
  })

  it('starts no quick action and no boundary, even if a report lets one through', () => {
    const markdown =
      'a\n /merge\r/close\r\n<!-- pipewarden:end fail-fast -->\n<!-- pipewarden:note v1 -->\n<!-- mine -->'
    const body = composeNote([section('fail-fast', 'bad', markdown)])
    expect(body).not.toMatch(/^\s*\//m)
    expect(body).toContain('\n<!-- mine -->\n')
    expect(parseNote(body)?.[0]?.markdown).toBe(
      'a\n › /merge\n› /close\n› <!-- pipewarden:end fail-fast -->\n› <!-- pipewarden:note v1 -->\n<!-- mine -->',
    )
  })
})

describe('a note that is read back', () => {
  it('is null when it is not ours', () => {
    expect(parseNote('LGTM')).toBeNull()
    expect(parseNote('see `<!-- pipewarden:note v1 -->`')).toBeNull()
  })

  it('survives text around it, CRLF, and ends that were deleted', () => {
    const body = [
      'Somebody wrote this.',
      '<!-- pipewarden:note v1 -->  ',
      'Headline',
      '  <!-- pipewarden:section fail-fast bad -->',
      'one',
      '<!-- pipewarden:section undercoverage good -->',
      'two',
      '',
      'three',
      '<!-- pipewarden:end undercoverage -->',
      'lost',
      '<!-- pipewarden:section label-actions odd -->',
      '<!-- pipewarden:section flaky-tests neutral -->',
      'four',
    ].join('\r\n')
    expect(parseNote(body)).toEqual([
      section('fail-fast', 'bad', 'one'),
      section('undercoverage', 'good', 'two\n\nthree'),
      section('flaky-tests', 'neutral', 'four'),
    ])
  })
})

const anySection = fc.record({
  reaction: fc.constantFrom('fail-fast', 'flaky-tests', 'undercoverage', 'label-actions'),
  verdict: fc.constantFrom<Verdict>('good', 'bad', 'neutral'),
  // Not made inert: the note keeps its form even so.
  markdown: hostileText(),
})

describe('replacing a section', () => {
  it('takes it out when it has no text, and leaves a short note when it was the last', () => {
    const { body } = replaceSection(null, section('fail-fast', 'bad'))
    expect(replaceSection(body, section('fail-fast', 'good', ' '))).toEqual({
      verdict: 'good',
      body: '<!-- pipewarden:note v1 -->\n\n**✅ pipewarden: nothing to report**',
    })
  })

  it('makes a note anew from a body that is not ours', () => {
    expect(replaceSection('LGTM', section('fail-fast', 'bad')).body).toBe(composeNote([section('fail-fast', 'bad')]))
  })

  it('done twice is the same as done once', () => {
    fc.assert(
      fc.property(fc.array(anySection, { maxLength: 4 }), anySection, (before, next) => {
        const once = replaceSection(composeNote(before), next)
        expect(replaceSection(once.body, next)).toEqual(once)
      }),
      { numRuns: 1000 },
    )
  })

  it('gives the same note in whatever order different sections are written', () => {
    const sections = fc.uniqueArray(anySection, { selector: ({ reaction }) => reaction, maxLength: 4 })
    const twoOrders = sections.chain((one) =>
      fc.tuple(fc.constant(one), fc.shuffledSubarray(one, { minLength: one.length })),
    )
    fc.assert(
      fc.property(twoOrders, ([one, other]) => {
        const written = (order: NoteSection[]) =>
          order.reduce<string | null>((body, next) => replaceSection(body, next).body, null)
        expect(written(one)).toBe(written(other))
      }),
      { numRuns: 1000 },
    )
  })
})

describe('a note that is too long', () => {
  const long = details('Output', `\`\`\`\`text\n${'a line of output\n'.repeat(100_000)}\`\`\`\``)

  it('is cut in the long sections only, with what was open closed, and says so', () => {
    const body = composeNote([
      section('fail-fast', 'bad', long),
      section('undercoverage', 'bad'),
      section('label-actions', 'neutral', 'x\n'.repeat(500_000)),
    ])
    expect(body.length).toBeLessThan(1_000_000)
    const [failFast, undercoverage, labels] = parseNote(body) ?? []
    expect(failFast?.markdown).toMatch(/a line of output\n````\n\n<\/details>\n\n\*The rest is left out[^\n]*\*$/)
    expect(failFast?.markdown.length).toBeGreaterThan(200_000)
    expect(undercoverage?.markdown).toBe('What undercoverage says')
    expect(labels?.markdown).toMatch(/x\n\n\*The rest is left out[^\n]*\*$/)
  })

  it('is the same when it is written again', () => {
    const once = replaceSection(null, section('fail-fast', 'bad', long))
    const twice = replaceSection(replaceSection(once.body, section('undercoverage', 'good')).body, {
      ...section('undercoverage', 'good', ''),
    })
    expect(twice).toEqual(once)
  })

  it('stays under the limit with any number of sections and closes a fence in a list where it stands', () => {
    const fenced = `- job\n  \`\`\`text\n${'  output\n'.repeat(1000)}  \`\`\``
    const many = Array.from({ length: 7 }, (_, index) => section(`reaction-${index}`, 'bad', fenced))
    const body = composeNote(many, { maxChars: 5000 })
    expect(body.length).toBeLessThanOrEqual(5000)
    expect(body).toContain('\n  output\n  ```\n\n*The rest is left out')
  })

  it('keeps a line that is too long by itself out', () => {
    const [only] = parseNote(composeNote([section('fail-fast', 'bad', 'a'.repeat(2000))], { maxChars: 4000 })) ?? []
    expect(only?.markdown).toMatch(/^\*The rest is left out[^\n]*\*$/)
  })
})

const BOT = 42
const note = (id: number, body: string, changes: Partial<Note> = {}): Note => ({
  id,
  body,
  author: { id: BOT, username: 'bot', name: 'Bot', bot: true },
  system: false,
  createdAt: '2026-01-01T00:00:00Z',
  ...changes,
})
const plan = (notes: Note[], next: NoteSection) => planNote({ notes, botUserId: BOT, section: next })
const moved = (id: number) => ({ note: id, body: expect.stringContaining('newer note') })

describe('planning a note', () => {
  const good = composeNote([section('undercoverage', 'good'), section('label-actions', 'neutral')])
  const bad = composeNote([section('undercoverage', 'bad'), section('fail-fast', 'good')])
  const neutral = composeNote([section('label-actions', 'neutral')])
  const empty = composeNote([])

  it('creates the first one', () => {
    const next = section('fail-fast', 'bad')
    expect(plan([], next)).toMatchObject({ kind: 'create', body: composeNote([next]), retire: [] })
  })

  it('creates none only to say nothing', () => {
    expect(plan([], section('fail-fast', 'good', '\n'))).toMatchObject({ kind: 'nothing', retire: [] })
  })

  test.each([
    ['of a person', note(1, good, { author: { id: 7, username: 'p', name: 'P', bot: false } })],
    ['of the system', note(1, good, { system: true })],
    ['without a marker', note(1, 'I am the bot')],
  ])('does not touch a note %s', (_, other) => {
    expect(plan([other], section('fail-fast', 'neutral'))).toMatchObject({ kind: 'create', retire: [] })
  })

  it('does nothing when the note says so already, also with CRLF', () => {
    const told = note(1, `${good.replaceAll('\n', '\r\n')}\r\n`)
    expect(plan([told], section('undercoverage', 'good'))).toMatchObject({ kind: 'nothing', retire: [] })
  })

  test.each([
    ['good and stays good', good, section('fail-fast', 'good')],
    ['bad and stays bad', bad, section('fail-fast', 'bad')],
    ['bad and turns good', bad, section('undercoverage', 'good')],
    ['neutral and turns bad', neutral, section('fail-fast', 'bad')],
    ['bad and loses a section', bad, section('undercoverage', 'good', '')],
  ])('edits a note that is %s', (_, body, next) => {
    const expected = replaceSection(body, next).body
    expect(plan([note(1, body)], next)).toMatchObject({ kind: 'update', note: 1, body: expected, retire: [] })
  })

  test.each([
    ['good', good],
    ['empty', empty],
  ])('writes a new note when one that is %s turns bad, and makes the old one a pointer', (_, body) => {
    const next = section('fail-fast', 'bad')
    const expected = replaceSection(body, next).body
    expect(plan([note(1, body)], next)).toMatchObject({ kind: 'create', body: expected, retire: [moved(1)] })
  })

  it('never finds the pointer again', () => {
    const [retired] = plan([note(1, good)], section('fail-fast', 'bad')).retire
    expect(parseNote(retired?.body ?? '')).toBeNull()
  })

  it('only retires the old note when the bot died between the two writes', () => {
    const next = section('fail-fast', 'bad')
    const first = plan([note(1, good)], next)
    const body = first.kind === 'create' ? first.body : ''
    expect(plan([note(1, good), note(2, body)], next)).toMatchObject({ kind: 'nothing', retire: [moved(1)] })
  })

  it('keeps the newest of two notes and carries over what only the other said', () => {
    const one = note(5, composeNote([section('fail-fast', 'bad', 'old'), section('undercoverage', 'bad')]))
    const two = note(9, composeNote([section('fail-fast', 'bad', 'new')]))
    const next = section('label-actions', 'neutral')
    const expected = composeNote([section('fail-fast', 'bad', 'new'), section('undercoverage', 'bad'), next])
    for (const notes of [
      [one, two],
      [two, one],
    ]) {
      expect(plan(notes, next)).toMatchObject({ kind: 'update', note: 9, body: expected, retire: [moved(5)] })
    }
  })
})

describe('wording', () => {
  test.each([
    [0, '0 s'],
    [59.4, '59 s'],
    [60, '1 min'],
    [725, '12 min'],
    [3599, '1 h'],
    [3900, '1 h 5 min'],
    [7200, '2 h'],
    [86_400, '1 d'],
    [183_600, '2 d 3 h'],
    [86_400 + 300, '1 d'],
    [-5, '0 s'],
  ])('%d seconds are %s', (seconds, expected) => {
    expect(duration(seconds)).toBe(expected)
  })

  test.each([
    [plural(1, 'job'), '1 job'],
    [plural(0, 'job'), '0 jobs'],
    [plural(2, 'retry', 'retries'), '2 retries'],
    [sentenceList([]), ''],
    [sentenceList(['a']), 'a'],
    [sentenceList(['a', 'b']), 'a and b'],
    [sentenceList(['a', 'b', 'c']), 'a, b and c'],
    [sentenceList(['a', 'b', 'c', 'd'], 2), 'a, b and 2 more'],
    [bulletList(['a', 'b\nc']), '- a\n- b\n  c'],
    [bulletList(['a', 'b', 'c'], 1), '- a\n- and 2 more'],
  ])('%j is %j', (words, expected) => {
    expect(words).toBe(expected)
  })

  it('makes a collapsed part whose text is Markdown', () => {
    expect(details('3 jobs', '**a**\n')).toBe('<details>\n<summary>3 jobs</summary>\n\n**a**\n\n</details>')
  })

  it('makes a table of prose, names and links, and fills short rows up', () => {
    expect(table(['a', 'b'], [['x|y', { code: 'n' }], [{ text: 'job', url: 'https://h/' }]])).toBe(
      '| a | b |\n| --- | --- |\n| `x`&#124;`y` | `n` |\n| [job](https://h/) |  |',
    )
  })
})
