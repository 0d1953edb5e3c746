import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createFileCoverage, excludeLines } from '../src/reports/coverage/file-coverage.ts'
import { readCoverage } from '../src/reports/coverage/read.ts'
import { createRecord } from '../src/reports/coverage/record.ts'
import type { FileCoverage } from '../src/reports/coverage/types.ts'
import { uniteFiles, uniteReports } from '../src/reports/coverage/unite.ts'

type Sketch = {
  lines?: Record<number, number>
  /** Line to arms by name: whether they were taken. */
  arms?: Record<number, Record<string, boolean>>
  excluded?: number[]
  functions?: { name: string; start: number; end?: number; hits?: number }[]
}

const build = ({ lines = {}, arms = {}, excluded = [], functions = [] }: Sketch): FileCoverage => {
  const record = createRecord()
  record.start({ declares: true })
  for (const [line, hits] of Object.entries(lines)) record.line(Number(line), hits)
  for (const [line, named] of Object.entries(arms)) {
    for (const [name, taken] of Object.entries(named)) record.arm(Number(line), name, taken)
  }
  for (const line of excluded) record.exclude(line)
  for (const found of functions) record.function(found)
  return createFileCoverage(record.finish())
}

/** Everything that can be asked of a file. */
const facts = (coverage: FileCoverage) => ({
  lines: [...coverage.measuredLines()].map((line) => [line, coverage.hitsAt(line), coverage.isPartial(line)]),
  branches: [...coverage.branchLines()].map((line) => [line, coverage.branchesAt(line)]),
  excluded: coverage.excludedLines,
  functions: coverage.functions,
  lastLine: coverage.lastLine,
  counts: [coverage.measuredCount, coverage.coveredCount],
})

const unite = (...sketches: Sketch[]): FileCoverage => uniteFiles(sketches.map(build))

describe('uniting measurements of one file', () => {
  it('adds hits up, and takes nothing and 0 as 0', () => {
    const united = unite({ lines: { 1: 0, 2: 3, 3: 0 } }, { lines: { 2: 4, 3: 0, 4: 4294967295 } }, { lines: { 4: 9 } })
    expect(facts(united).lines).toEqual([
      [1, 0, false],
      [2, 7, false],
      [3, 0, false],
      [4, 4294967295, false],
    ])
  })

  it.each<[string, Sketch[], { missed: number; total: number } | undefined]>([
    [
      'each report took another arm',
      [
        { lines: { 1: 1 }, arms: { 1: { a: true, b: false } } },
        { lines: { 1: 1 }, arms: { 1: { a: false, b: true } } },
      ],
      { missed: 0, total: 2 },
    ],
    [
      'both missed the same arm',
      [
        { lines: { 1: 1 }, arms: { 1: { a: true, b: false } } },
        { lines: { 1: 1 }, arms: { 1: { a: true, b: false } } },
      ],
      { missed: 1, total: 2 },
    ],
    [
      'the other report does not have the line',
      [{ lines: { 1: 1 }, arms: { 1: { b: false } } }, { lines: { 2: 1 } }],
      { missed: 1, total: 1 },
    ],
    [
      'the other report never ran the line',
      [{ lines: { 1: 1 }, arms: { 1: { b: false } } }, { lines: { 1: 0 } }],
      { missed: 1, total: 1 },
    ],
    [
      'the other report ran the line and missed nothing',
      [{ lines: { 1: 1 }, arms: { 1: { b: false } } }, { lines: { 1: 1 } }],
      { missed: 0, total: 1 },
    ],
    ['no report has branch data', [{ lines: { 1: 1 } }, { lines: { 1: 1 } }], undefined],
  ])('counts an arm as missed if all reports with its line missed it: %s', (_, sketches, expected) => {
    const united = unite(...sketches)
    expect(united.branchesAt(1)).toEqual(expected)
    expect(united.isPartial(1)).toBe((expected?.missed ?? 0) > 0)
  })

  it('measures a line that only one report excludes', () => {
    const united = unite({ excluded: [1, 2] }, { lines: { 1: 0 }, excluded: [3] })
    expect(facts(united)).toMatchObject({ lines: [[1, 0, false]], excluded: [2, 3] })
    expect([united.isExcluded(1), united.isExcluded(2)]).toEqual([false, true])
  })

  it('measures a declaration by its calls, unless the same report has or excludes the line', () => {
    const functions = [{ name: 'steep', start: 5, hits: 2 }]
    expect(unite({ functions }).hitsAt(5)).toBe(2)
    expect(unite({ functions, lines: { 5: 0 } }).hitsAt(5)).toBe(0)
    expect(unite({ functions, excluded: [5] }).hitsAt(5)).toBeUndefined()
    expect(unite({ functions, excluded: [5] }, { functions }).hitsAt(5)).toBe(2)
  })

  it('takes functions of equal name and start for one, and keeps an unknown count unknown', () => {
    const united = unite(
      {
        functions: [
          { name: 'a', start: 1, hits: 1 },
          { name: 'b', start: 1 },
        ],
      },
      {
        functions: [
          { name: 'a', start: 1, end: 4, hits: 2 },
          { name: 'b', start: 1 },
          { name: 'a', start: 9, hits: 0 },
        ],
      },
    )
    expect(united.functions).toEqual([
      { name: 'a', start: 1, end: 4, hits: 3 },
      { name: 'b', start: 1 },
      { name: 'a', start: 9, hits: 0 },
    ])
  })

  it('takes excluded lines out of everything that counts', () => {
    const coverage = excludeLines(build({ lines: { 1: 1, 2: 0 }, arms: { 2: { a: false } }, excluded: [9] }), [2, 3])
    expect(facts(coverage)).toMatchObject({ lines: [[1, 1, false]], branches: [], excluded: [2, 3, 9], counts: [1, 1] })
  })
})

const someLine = fc.integer({ min: 1, max: 12 })
const someArms = fc.dictionary(fc.constantFrom('a', 'b', 'c'), fc.boolean(), { minKeys: 1 })
const someFunction = fc.record(
  { name: fc.constantFrom('f', 'g'), start: someLine, end: fc.integer({ min: 12, max: 20 }), hits: fc.nat(3) },
  { requiredKeys: ['name', 'start'] },
)
const sketch: fc.Arbitrary<Sketch> = fc.record({
  lines: fc.dictionary(someLine.map(String), fc.oneof(fc.nat(3), fc.constant(4294967290))),
  arms: fc.dictionary(someLine.map(String), someArms),
  excluded: fc.array(someLine),
  functions: fc.array(someFunction, { maxLength: 4 }),
})

describe('laws of the union', () => {
  it('does not depend on order or grouping', () => {
    fc.assert(
      fc.property(fc.array(sketch, { maxLength: 5 }), fc.nat(5), fc.nat(), (sketches, cut, turn) => {
        const files = sketches.map(build)
        const turned = files
          .map((_, index) => files[(index + turn) % files.length])
          .filter((file) => file !== undefined)
        const grouped = [uniteFiles(files.slice(0, cut)), uniteFiles(files.slice(cut))]
        expect(facts(uniteFiles(turned))).toEqual(facts(uniteFiles(files)))
        expect(facts(uniteFiles(turned.toReversed()))).toEqual(facts(uniteFiles(files)))
        expect(facts(uniteFiles(grouped))).toEqual(facts(uniteFiles(files)))
      }),
    )
  })

  it('gives a report that is counted twice no other verdict on any line', () => {
    const verdicts = (coverage: FileCoverage) => {
      const { lines, branches, excluded } = facts(coverage)
      return { lines: lines.map(([line, hits, isPartial]) => [line, hits === 0, isPartial]), branches, excluded }
    }
    fc.assert(
      fc.property(sketch, sketch, (one, other) => {
        expect(verdicts(unite(one, other, one))).toEqual(verdicts(unite(one, other)))
      }),
    )
  })

  it('never loses a measured line or a hit, and never invents one', () => {
    fc.assert(
      fc.property(fc.array(sketch, { maxLength: 4 }), (sketches) => {
        const files = sketches.map(build)
        const united = uniteFiles(files)
        for (let line = 1; line <= 12; line++) {
          const hits = files.flatMap((file) => file.hitsAt(line) ?? [])
          const sum = hits.reduce((total, count) => Math.min(4294967295, total + count), 0)
          expect(united.hitsAt(line)).toBe(hits.length === 0 ? undefined : sum)
        }
      }),
    )
  })
})

describe('uniting reports', () => {
  const lcovOf = ({ lines = {}, arms = {} }: Sketch): string =>
    [
      'SF:a.c',
      ...Object.entries(lines).map(([line, hits]) => `DA:${line},${hits}`),
      ...Object.entries(arms).flatMap(([line, named]) =>
        Object.entries(named).map(([name, taken]) => `BRDA:${line},0,${name},${taken ? 1 : '-'}`),
      ),
      'end_of_record\n',
    ].join('\n')

  const filesOf = async (text: string): Promise<{ path: string; coverage: FileCoverage }[]> => {
    const result = await readCoverage(Buffer.from(text))
    const files = result.outcome === 'read' ? result.report.files : []
    return files.flatMap(({ path, coverage }) => (coverage === undefined ? [] : [{ path, coverage }]))
  }

  it('gives the same as reading them one after the other in one file', async () => {
    const reports = fc.array(sketch, { minLength: 1, maxLength: 4 }).map((sketches) => sketches.map(lcovOf))
    await fc.assert(
      fc.asyncProperty(reports, async (texts) => {
        const apart = uniteReports((await Promise.all(texts.map(filesOf))).flat()).get('a.c')
        const [together] = await filesOf(texts.join(''))
        expect(apart && facts(apart)).toEqual(together && facts(together.coverage))
      }),
    )
  })

  it('keeps files apart by their path in the repository', () => {
    const united = uniteReports([
      { path: 'a.c', coverage: build({ lines: { 1: 1 } }) },
      { path: 'b.c', coverage: build({ lines: { 1: 0 } }) },
      { path: 'a.c', coverage: build({ lines: { 1: 2 } }) },
    ])
    expect([...united].map(([path, coverage]) => [path, coverage.hitsAt(1)])).toEqual([
      ['a.c', 3],
      ['b.c', 0],
    ])
  })
})
