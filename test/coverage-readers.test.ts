import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { readCoverage } from '../src/reports/coverage/read.ts'
import type { CoverageReport, FileCoverage, ReadOptions } from '../src/reports/coverage/types.ts'

const fixture = (name: string): string => fileURLToPath(new URL(`fixtures/coverage/${name}`, import.meta.url))

const read = async (source: string | Uint8Array, options: ReadOptions = {}): Promise<CoverageReport> => {
  const result = await readCoverage(source, options)
  if (result.outcome !== 'read') throw new Error(`${result.reason}: ${result.message} (line ${result.line})`)
  return result.report
}

const readText = (text: string, options: ReadOptions = {}): Promise<CoverageReport> => read(Buffer.from(text), options)

/** `line:hits`, and `!missed/total` where arms are missed. */
const shown = (coverage: FileCoverage | undefined): string | undefined =>
  coverage &&
  [...coverage.measuredLines()]
    .map((line) => {
      const arms = coverage.branchesAt(line)
      const missed = coverage.isPartial(line) ? `!${arms?.missed ?? 0}/${arms?.total ?? 0}` : ''
      return `${line}:${coverage.hitsAt(line)}${missed}`
    })
    .join(' ')

const lines = (report: CoverageReport): Record<string, string | undefined> =>
  Object.fromEntries(report.files.map((file) => [file.path, shown(file.coverage)]))

const functions = (report: CoverageReport) => report.files[0]?.coverage?.functions

describe('lcov', () => {
  it('reads the records of lcov 1 and 2, and adds up the records of one file', async () => {
    const report = await read(fixture('rich.lcov'))
    expect(report.format).toBe('lcov')
    expect(lines(report)).toEqual({
      'src/brew.cpp': '3:4 4:4!1/2 5:150 6:0 7:4294967295 8:0 10:1 12:0 20:2',
      'src/cup.cpp': '1:1',
    })
  })

  it('keeps names with commas and the ends of functions', async () => {
    expect(functions(await read(fixture('rich.lcov')))).toEqual([
      { name: 'Kettle::boil(int, bool)', start: 3, end: 9, hits: 4 },
      { name: 'Kettle::pour', start: 12, hits: 0 },
      { name: 'Kettle::fill<int>', start: 20, end: 24, hits: 2 },
      { name: 'Kettle::fill<long>', start: 20, end: 24, hits: 0 },
    ])
  })

  it('warns of the records it skips and says where they are', async () => {
    const { warnings } = await read(fixture('rich.lcov'))
    expect(warnings).toEqual([
      'Line 19: the record "DA:x,1" cannot be read and is skipped',
      'Line 20: the record "DA:9,many" cannot be read and is skipped',
    ])
  })

  it('never makes a measured line of a branch, nor a hit', async () => {
    const [file] = (await read(fixture('rich.lcov'))).files
    expect(file?.coverage?.hitsAt(40)).toBeUndefined()
    expect(file?.coverage?.hitsAt(8)).toBe(0)
    expect(file?.coverage?.isPartial(40)).toBe(false)
    expect(file?.coverage?.branchesAt(40)).toEqual({ missed: 1, total: 1 })
  })

  it.each([
    ['FN:5,10,run\nFNDA:3,run', '5:3'],
    ['FNDA:3,run\nFN:5,run', '5:3'],
    ['FN:5,run\nFNDA:3,run\nDA:5,0', '5:0'],
    ['FN:5,a\nFN:5,b\nFNDA:0,a\nFNDA:2,b', '5:2'],
    ['FN:5,123\nFNDA:1,123', '5:1'],
    ['FN:5,run', ''],
    ['FNDA:3,run', ''],
    ['DA:5,1\nDA:5,2', '5:3'],
    ['DA:9,1\nDA:5,2\nDA:9,1', '5:2 9:2'],
    ['DA:0,1\nDA:99999999,1\nDA:,1\nDA:5', ''],
    ['DA:1,1\r\nDA:2,0\r', '1:1 2:0'],
    ['DA:5,1\nBRDA:5,0,0,1\nBRDA:5,0,0,0', '5:1'],
    ['DA:5,1\nBRDA:5,f0,0,0', '5:1!1/1'],
  ])('reads %j as %j', async (text, expected) => {
    expect(lines(await readText(`SF:a.c\n${text}\nend_of_record\n`))).toEqual({ 'a.c': expected })
  })

  it('reads the same from any cut of the bytes', async () => {
    const bytes = Buffer.from('TN:\nSF:src/größe.py\nDA:1,12\nFN:3,déjà\nFNDA:4,déjà\nend_of_record\n')
    async function* oneByOne() {
      for (const byte of bytes) yield Uint8Array.of(byte)
    }
    const result = await readCoverage(oneByOne())
    expect(result.outcome === 'read' && lines(result.report)).toEqual({ 'src/größe.py': '1:12 3:4' })
  })

  it('lists all paths, but keeps the lines of wanted files only', async () => {
    const report = await read(fixture('rich.lcov'), { wants: (path) => path.endsWith('cup.cpp') })
    expect(lines(report)).toEqual({ 'src/brew.cpp': undefined, 'src/cup.cpp': '1:1' })
  })
})

describe('Cobertura', () => {
  it('prefers the lines of the class to those of its methods, adds up classes, and keeps packages apart', async () => {
    const report = await read(fixture('cobertura.xml'))
    expect(report).toMatchObject({ format: 'cobertura', maker: 'coverage.py', sources: ['/builds/tea/house'] })
    expect(report.timestamp).toBe(1_700_000_000_000)
    expect(report.files.map((file) => [file.path, file.package, file.packageIndex, shown(file.coverage)])).toEqual([
      ['tea/pot.py', 'tea', 0, '2:3 5:7 6:4 7:2!1/2 8:2 30:1'],
      ['tea/pot.py', 'cup', 1, '1:1'],
    ])
  })

  it('takes the spans of functions from the lines of methods', async () => {
    expect(functions(await read(fixture('cobertura.xml')))).toEqual([
      { name: 'warm', start: 2, hits: 3 },
      { name: 'steep', start: 5, end: 6 },
    ])
  })

  it.each([
    '<line hits="1"/>',
    '<line number="x" hits="1"/>',
    '<line number="1"/>',
    '<line number="1" hits=""/>',
    '<line number="1" hits="x"></line>',
  ])('refuses the whole report for %s', async (line) => {
    const text = `<coverage>\n<packages><class filename="a.rb">\n<lines><line number="3" hits="1"/>\n${line}</lines></class></packages></coverage>`
    expect(await readCoverage(Buffer.from(text))).toMatchObject({ outcome: 'unreadable', reason: 'malformed', line: 4 })
  })

  it('reads line elements alike, however they are written', async () => {
    const written = `<line number="1" hits="1"/><line hits='2' number='2' /><line number="3" hits="3"></line>
      <!-- <line number="4" hits="4"/> --><line number="5" hits="5" note="&lt;"/><line\nnumber="6" hits="6"/><line number = "7" hits="7"/>
      <![CDATA[ <line number="8" hits="8"/> ]]><line number="9" hits="9" note="a > b"/>`
    const report = await readText(`<coverage><class filename="a.rb"><lines>${written}</lines></class></coverage>`)
    expect(lines(report)).toEqual({ 'a.rb': '1:1 2:2 3:3 5:5 6:6 7:7 9:9' })
  })

  it('reads UTF-16 and declared encodings', async () => {
    const text = (encoding: string): string =>
      `<?xml version="1.0" encoding="${encoding}"?><coverage><class filename="grün.rb"><lines><line number="1" hits="1"/></lines></class></coverage>`
    const little = Buffer.from(`\ufeff${text('UTF-16')}`, 'utf16le')
    for (const bytes of [
      little,
      Buffer.from(little).swap16(),
      Buffer.from(text('ISO-8859-1'), 'latin1'),
      Buffer.from(`\ufeff${text('UTF-8')}`),
    ]) {
      expect(lines(await read(bytes))).toEqual({ 'grün.rb': '1:1' })
    }
  })

  it('leaves entities of a document type as they are written', async () => {
    const report = await readText(
      '<!DOCTYPE coverage [<!ENTITY a "boom">]><coverage><class filename="&a;.rb"><lines/></class></coverage>',
    )
    expect(report.files.map((file) => file.path)).toEqual(['&a;.rb'])
  })
})

describe('JaCoCo', () => {
  it('keeps groups apart, takes covered instructions as hits, and missed ones as partial', async () => {
    const report = await read(fixture('jacoco.xml'))
    expect(report).toMatchObject({ format: 'jacoco', timestamp: 1_700_000_009_000 })
    expect(report.files.map((file) => [file.groups?.join('/'), file.path, shown(file.coverage)])).toEqual([
      ['backend/core', 'tea/pots/Pot.java', '3:2 7:2!0/0 8:4!1/4 9:0 13:0'],
      ['backend/core', 'tea/pots/Ghost.java', ''],
      ['frontend', 'tea/pots/Pot.java', '1:1'],
    ])
    expect(report.warnings).toEqual(['A line of Pot.java (nr="?") cannot be read and is skipped'])
  })

  it('lets a method end before the next one starts', async () => {
    expect(functions(await read(fixture('jacoco.xml')))).toEqual([
      { name: '<init>', start: 3, end: 6, hits: 1 },
      { name: 'steep', start: 7, end: 11, hits: 1 },
      { name: 'smash', start: 12, end: 13, hits: 0 },
    ])
  })
})

describe('Clover', () => {
  it.each([
    ['clover-istanbul.xml', 'istanbul', { '/builds/tea/house/pot.js': '1:2 2:2!1/3 3:1 4:0' }],
    ['clover-open.xml', 'clover', { '/src/tea/Pot.java': '2:5 3:9!1/4 5:0 6:0' }],
    ['clover-phpunit.xml', 'phpunit', { '/builds/tea/house/src/Pot.php': '4:0 6:0 9:2' }],
  ])('reads %s by what %s means with its numbers', async (name, maker, expected) => {
    const report = await read(fixture(name))
    expect(report).toMatchObject({ format: 'clover', maker })
    expect(lines(report)).toEqual(expected)
  })

  it('knows the calls of methods', async () => {
    expect(functions(await read(fixture('clover-open.xml')))).toEqual([{ name: 'steep() : void', start: 2, hits: 5 }])
  })
})

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
    async function* oneByOne() {
      for (const byte of bytes) yield Uint8Array.of(byte)
    }
    const result = await readCoverage(oneByOne())
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
