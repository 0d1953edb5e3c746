import { describe, expect, it } from 'vitest'
import { readCoverage } from '../src/reports/coverage/read.ts'
import { fixture, functions, lines, oneByOne, read, readText, shown } from './support/coverage-report.ts'

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
    const result = await readCoverage(oneByOne(bytes))
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
    expect(report).toMatchObject({ format: 'cobertura', sources: ['/builds/tea/house'] })
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
