import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { JsonMembers } from '../src/reports/coverage/json-members.ts'
import { readCoverage } from '../src/reports/coverage/read.ts'
import { fixture, functions, lines, oneByOne, read } from './support/coverage-report.ts'

describe('JSON formats', () => {
  it('reads istanbul: the statement that ran most, and declarations by their calls', async () => {
    const report = await read(fixture('istanbul.json'))
    expect(report.format).toBe('istanbul')
    expect(lines(report)).toEqual({
      '/builds/tea/house/pot.js': '1:3 2:5!1/2 7:0 8:0',
      '/builds/tea/house/cup.js': '1:1',
    })
    expect(functions(report)).toEqual([
      { name: 'steep', start: 1, end: 5, hits: 3 },
      { name: 'smash', start: 7, end: 9, hits: 0 },
    ])
  })

  it('reads SimpleCov: ignored lines are excluded, ignored arms are not missed', async () => {
    const report = await read(fixture('simplecov.json'))
    expect(report).toMatchObject({
      format: 'simplecov',
      sources: ['/builds/tea/house'],
      timestamp: 1_700_000_000_000,
      ignoredFiles: [
        { kind: 'string', value: '/vendor/' },
        { kind: 'regex', value: '^/spec/' },
        { kind: 'file', value: 'Rakefile' },
      ],
      warnings: ['What the report says of lib/odd.rb cannot be read and is skipped'],
    })
    expect(lines(report)).toEqual({ 'lib/pot.rb': '1:1 3:3!1/2 4:0', 'lib/odd.rb': '' })
    const [file] = report.files
    expect(file?.coverage).toMatchObject({ excludedLines: [5], fileLength: 6 })
    expect([...(file?.coverage?.branchLines() ?? [])]).toEqual([3, 6])
    expect(functions(report)).toEqual([{ name: 'Pot#steep', start: 3, end: 6, hits: 3 }])
  })

  it('reads the resultset of SimpleCov: commands add up, arms count on the line of their condition', async () => {
    const report = await read(fixture('resultset.json'))
    expect(report).toMatchObject({ format: 'simplecov-resultset', timestamp: 1_700_000_100_000 })
    expect(lines(report)).toEqual({
      '/builds/tea/house/lib/pot.rb': '1:1 3:3 4:4',
      '/builds/tea/house/lib/cup.rb': '2:1',
    })
    expect(functions(report)).toEqual([{ name: 'Tea::Pot#steep', start: 3, end: 6, hits: 2 }])
  })

  it('lists the paths of files that are not wanted', async () => {
    for (const name of ['istanbul.json', 'simplecov.json', 'resultset.json']) {
      const all = await read(fixture(name))
      const none = await read(fixture(name), { wants: () => false })
      expect(none.files).toEqual(all.files.map(({ path }) => ({ path })))
    }
  })

  it('reads the same from any cut of the text', async () => {
    const bytes = Buffer.from('{"a\\"b.js":{"statementMap":{"0":{"start":{"line":4}}},"s":{"0":2},"x":[{"y":"}"}]}}')
    const result = await readCoverage(oneByOne(bytes))
    expect(result.outcome === 'read' && lines(result.report)).toEqual({ 'a"b.js': '4:2' })
  })
})

describe('Go', () => {
  it('counts a line by the block on it that ran most', async () => {
    const report = await read(fixture('profile.out'))
    expect(report.format).toBe('go')
    expect(lines(report)).toEqual({
      'tea.house/pot/pot.go': '3:4 4:4 5:6 6:2 7:2',
      'tea.house/cup/cup.go': '1:1 2:1',
    })
    expect(report.warnings).toHaveLength(1)
  })
})

describe('members of streamed JSON', () => {
  const membersOf = (text: string, size: number): Record<string, unknown> => {
    const found: [string, unknown][] = []
    const members = new JsonMembers({
      enter: (path) => path.length === 0,
      keep: () => true,
      value: ([key = ''], value) => found.push([key, value]),
      leave: () => undefined,
    })
    for (let from = 0; from < text.length; from += size) members.write(text.slice(from, from + size))
    members.end()
    return Object.fromEntries(found)
  }

  it('are those of JSON.parse, however the text is cut and spaced', () => {
    const object = fc.dictionary(fc.string(), fc.jsonValue())
    fc.assert(
      fc.property(object, fc.integer({ min: 1, max: 40 }), fc.constantFrom('', ' ', '\t'), (value, size, space) => {
        const text = JSON.stringify(value, undefined, space)
        expect(membersOf(text, size)).toEqual(JSON.parse(text))
      }),
    )
  })
})
