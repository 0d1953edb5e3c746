import fc from 'fast-check'
import { describe, expect, it, test } from 'vitest'
import type { NoteSection } from '../src/action.ts'
import { composeNote, parseNote } from '../src/note/compose.ts'
import { details } from '../src/note/details.ts'
import { inertBlock, inertCell, inertCode, inertCodeLink, inertHtml, inertLink, inertText } from '../src/note/inert.ts'
import { table } from '../src/note/table.ts'
import { bulletList } from '../src/note/wording.ts'
import { hostileText } from './support/hostile-text.ts'
import { scanNote } from './support/scan-note.ts'

const URL_OF_JOB = 'https://gitlab.example/group/project/-/jobs/1'

describe('prose keeps simple words as they are and shows the rest as code', () => {
  test.each([
    ['Fix the well-known bug, at last', 'Fix the well-known bug, at last'],
    ['isn\'t it 1.5 times "naïve"?', 'isn\'t it 1.5 times "naïve"?'],
    ['Error: expected (it) - stop!', 'Error: expected \\(it\\) \\- stop\\!'],
    ['Fix #12 for @bob now', 'Fix `#12` for `@bob` now'],
    ['@bob #12 fixed', '`@bob #12` fixed'],
    ['/merge', '`/merge`'],
    ['1. first', '`1.` first'],
    ['- [ ] task', '\\- `[ ]` task'],
    ['at deadbeef', 'at `deadbeef`'],
    ['GL-3', '`GL-3`'],
    ['&#64;all', '`&#64;all`'],
    ['see www.example.com', 'see `www.example.com`'],
    ['a\nb\r\nc\u2028d\te', 'a b c d e'],
    ['\u001b[31mred\u001b[0m \u202etxet', 'red txet'],
    ['', ''],
  ])('%j becomes %j', (text, expected) => {
    expect(inertText(text)).toBe(expected)
  })
})

describe('a name is a code span that nothing in it closes', () => {
  test.each([
    ['rspec 1/2', '`rspec 1/2`'],
    ['a`b', '``a`b``'],
    ['`', '`` ` ``'],
    ['``a`', '``` ``a` ```'],
    ['a\n/merge', '`a /merge`'],
    ['@\u200ball', '`@all`'],
    ['\ud800', '`\uFFFD`'],
    [' \u200b', '\\(empty\\)'],
  ])('%j becomes %j', (text, expected) => {
    expect(inertCode(text)).toBe(expected)
  })
})

describe('output is in a fence that nothing in it closes', () => {
  test.each([
    ['ok', '```text\nok\n```'],
    ['a\n```\nb', '````text\na\n› ```\nb\n````'],
    ['~~~~~', '``````text\n› ~~~~~\n``````'],
    ['  /merge', '```text\n  › /merge\n```'],
    ['<!-- pipewarden:note v1 -->', '```text\n› <!-- pipewarden:note v1 -->\n```'],
    ['\n\n  indented\n\n', '```text\n  indented\n```'],
    [' \n\u001b[0m', ''],
  ])('%j becomes %j', (text, expected) => {
    expect(inertBlock(text)).toBe(expected)
  })

  it('says how many lines were left out', () => {
    expect(inertBlock('1\n2\n3', { maxLines: 2 })).toBe('```text\n1\n2\n… and 1 more line\n```')
    expect(inertBlock('1\n2\n3\n4', { maxLines: 2 })).toBe('```text\n1\n2\n… and 2 more lines\n```')
    expect(inertBlock('12345\n6', { maxChars: 4 })).toBe('```text\n123…\n… and 1 more line\n```')
  })
})

describe('a table cell holds no pipe and no end of a line, also in code', () => {
  test.each([
    ['a|b', '`a`&#124;`b`'],
    ['||', '&#124;&#124;'],
    ['a\\|b\nc', '`a\\`&#124;`b` c'],
    ['plain words', 'plain words'],
  ])('%j becomes %j', (text, expected) => {
    expect(inertCell(text)).toBe(expected)
  })
})

describe('a link leads to http or https only', () => {
  test.each([
    ['job', 'https://h/a(b)?c=1;d|e#`f`', '[job](https://h/a%28b%29?c=1%3Bd%7Ce#%60f%60)'],
    ['x](y)', 'http://[::1]:80/a b', '[`x](y)`](http://[::1]/a%20b)'],
    ['', 'https://h/', '[link](https://h/)'],
    ['job', 'javascript:alert(1)', 'job'],
    ['job', 'https://user:secret@h/', 'job'],
    ['job', 'https://a`b/', 'job'],
    ['job', '/relative', 'job'],
    ['@bob', 'not a url', '`@bob`'],
  ])('%j to %j becomes %j', (text, url, expected) => {
    expect(inertLink(text, url)).toBe(expected)
  })
})

it('a summary is HTML in which names are code', () => {
  expect(inertHtml('3 tests of <b>@bob</b>')).toBe('3 tests of <code>&lt;b&gt;@bob&lt;/b&gt;</code>')
})

describe('long text is cut between whole characters', () => {
  test.each([
    ['abcdef', 4, '`abc…`'],
    ['abcd', 4, '`abcd`'],
    ['ab cdef', 4, '`ab…`'],
    ['aa🇩🇪🇩🇪', 4, '`aa…`'],
    [`a${'e\u0301'.repeat(3)}`, 4, '`ae\u0301…`'],
    [`e${'\u0301'.repeat(50)}`, 4, '`e\u0301\u0301…`'],
    ['😀'.repeat(5), 3, '`😀😀…`'],
  ])('%j in %i is %j', (text, maxChars, expected) => {
    expect(inertCode(text, { maxChars })).toBe(expected)
  })

  it('keeps to the limit in code points, whatever the text', () => {
    fc.assert(
      fc.property(hostileText(), fc.integer({ min: 2, max: 30 }), (text, maxChars) => {
        const shown = inertText(text, { maxChars }).replace(/[`\\ ]/g, '')
        expect([...shown].length).toBeLessThanOrEqual(maxChars)
      }),
    )
  })
})

/** Every way in which a report puts text from outside into a section; the end of each is marked, to see that it is outside of code. */
const pieces: ((text: string, other: string) => string)[] = [
  (text) => `${inertText(text)} END`,
  (text, other) => `Branch ${inertCode(text)} of ${inertText(other)} END`,
  (text, other) => `${inertLink(text, URL_OF_JOB)} and ${inertCodeLink(other, `${URL_OF_JOB}#${text}`)} END`,
  (text, other) => `${inertLink(text, other)} END`,
  (text) => `${inertBlock(text)}\n\nEND`,
  (text) => `${inertBlock(text, { maxLines: 2, maxChars: 12 })}\n\nEND`,
  (text, other) => `${details(text, `${inertText(other)}\n\n${inertBlock(other)}`)}\n\nEND`,
  (text, other) =>
    `${bulletList([inertText(text), `${inertCode(other)}\n${inertBlock(text)}`, inertText(other)])}\n\nEND`,
  (text, other) =>
    `${table(
      ['job', text],
      [
        [text, { code: other }],
        [{ text: other, url: URL_OF_JOB }, { code: text }],
      ],
    )}\n\nEND`,
]

const hostileSection = (reaction: string): fc.Arbitrary<{ section: NoteSection; ends: number }> =>
  fc
    .record({
      verdict: fc.constantFrom('good' as const, 'bad' as const, 'neutral' as const),
      parts: fc.array(fc.tuple(fc.constantFrom(...pieces), hostileText(), hostileText()), {
        minLength: 1,
        maxLength: 5,
      }),
    })
    .map(({ verdict, parts }) => ({
      section: { reaction, verdict, markdown: parts.map(([piece, text, other]) => piece(text, other)).join('\n\n') },
      ends: parts.length,
    }))

describe('a note made of hostile text', () => {
  const hostileNote = fc.tuple(hostileSection('fail-fast'), hostileSection('undercoverage'))

  it('holds nothing that GitLab could act on', () => {
    fc.assert(
      fc.property(hostileNote, (parts) => {
        const { dangers, prose } = scanNote(composeNote(parts.map(({ section }) => section)))
        expect(dangers).toEqual([])
        // Not \b: what stands before may be a sign.
        expect(prose.match(/(?<= |^)END$/gm)).toHaveLength(parts.reduce((sum, { ends }) => sum + ends, 0))
      }),
      { numRuns: 4000 },
    )
  })

  it('is read back as the sections it was made of, so that no text forges a boundary', () => {
    fc.assert(
      fc.property(hostileNote, (parts) => {
        const sections = parts.map(({ section }) => ({ ...section, markdown: section.markdown.trim() }))
        expect(parseNote(composeNote(sections))).toEqual(sections)
      }),
      { numRuns: 2000 },
    )
  })
})

describe('the scan itself finds what is active', () => {
  test.each([
    '/merge',
    'for @bob',
    'see group/project#1',
    '!2',
    'a ~label',
    '![x](http://evil.example/x.png)',
    '[x](javascript:x)',
    '<img src=x>',
    '&#64;all',
    'http://evil.example',
    'www.evil.example',
    '`a``b` :x:',
    '``a` @bob `b``c` @all',
    '```text\na\n```\n@bob',
    '```\nopen',
    '[^1]',
    '$a$',
    '[[_TOC_]]',
    '- [ ] task\n- x',
    '1. list',
    '# heading',
    '\\@bob',
    'a\u200bb',
    '<summary>@bob</summary>',
    '<summary><b>x</b></summary>',
    '| a | b | c |',
    '| `a|b` |',
    '<!-- other -->',
  ])('%j', (markdown) => {
    expect(scanNote(markdown).dangers).not.toEqual([])
  })
})
