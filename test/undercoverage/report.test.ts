import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { composeNote } from '../../src/note/compose.ts'
import type { UndercoverageFacts } from '../../workers/undercoverage/facts.ts'
import { errorFindings, type Findings } from '../../workers/undercoverage/findings.ts'
import { section, sparedSection } from '../../workers/undercoverage/report.ts'
import { configOf } from '../support/builders.ts'
import { hostileText } from '../support/hostile-text.ts'
import { scanNote } from '../support/scan-note.ts'

const { undercoverage, retry } = configOf()

const facts = (jobName = 'coverage'): UndercoverageFacts => ({
  options: { undercoverage, retry },
  project: 41,
  path: 'meadow/orchard',
  isSwept: false,
  isForced: false,
  pipeline: {
    id: 900,
    sha: 'b1946ac92492d2347c6235b4d2611184b1946ac9',
    ref: 'refs/merge-requests/6/head',
    status: 'running',
    url: 'https://gitlab.test/meadow/orchard/-/pipelines/900',
    jobs: [{ id: 71, name: jobName, status: 'success', url: 'https://gitlab.test/x/-/jobs/71', finishedAt: 1 }],
    openBridges: [],
    isQuiet: false,
    quietAt: null,
  },
  mergeRequest: {
    iid: 6,
    url: 'https://gitlab.test/meadow/orchard/-/merge_requests/6',
    state: 'opened',
    labels: [],
    headPipeline: 900,
    hasNotes: false,
  },
})

const found = (text = 'lib/apple.rb'): Findings => ({
  ...errorFindings(text, text, [text]),
  verdict: 'fail',
  totals: { changed: 9, measured: 6, uncovered: 3, covered: 3, partial: 1, percent: 50 },
  files: [
    {
      path: text,
      functions: [
        { name: text, start: 4, end: 9, neverRan: false, measured: 5, covered: 3, uncovered: '5, 7-8', partial: '' },
      ],
      outside: '14',
      missedBranches: '6',
    },
  ],
  missing: [{ path: text, because: text }],
  excludedByThisChange: [{ path: text, lines: '3-4' }],
  reports: [{ name: text, problem: text }],
})

describe('the section of the note', () => {
  it('has a row for each function and for what is in none, with links to the lines as they were measured', () => {
    const { markdown, verdict } = section(facts(), found())
    const file = 'https://gitlab.test/meadow/orchard/-/blob/b1946ac92492d2347c6235b4d2611184b1946ac9/lib/apple.rb'
    expect(verdict).toBe('bad')
    expect(markdown).toContain(`[\`5\`](${file}#L5), [\`7-8\`](${file}#L7-8)`)
    expect(markdown).toContain(`[\`14\`](${file}#L14)`)
    expect(markdown).toContain('9 changed lines, 6 measured: 3 covered')
    expect(markdown).toContain('3 of 5 lines')
  })

  it('says how many rows and files it leaves out', () => {
    const [file] = found().files
    const files = Array.from({ length: 60 }, (_, index) => ({
      ...(file as Findings['files'][number]),
      path: `a${index}.rb`,
    }))
    const { markdown } = section(facts(), { ...found(), files, filesLeftOut: 40 })
    expect(markdown).toContain('and 80 more rows')
    expect(markdown).toContain('40 more files with findings')
  })

  it('is a table whose every row has four cells, whatever the names are', () => {
    fc.assert(
      fc.property(hostileText(), (text) => {
        const rows = section(facts(), found(text))
          .markdown.split('\n')
          .filter((line) => line.startsWith('|'))
        expect(rows).toHaveLength(5)
        for (const row of rows) expect(row.split('|')).toHaveLength(6)
      }),
    )
  })

  it('is inert, whatever paths, functions, jobs, labels and people are called', () => {
    fc.assert(
      fc.property(hostileText(), (text) => {
        const judged = section(facts(text), found(text))
        expect(scanNote(composeNote([judged]), { columns: 4 }).dangers).toEqual([])
        const label = sparedSection({ name: text, by: text })
        expect(scanNote(composeNote([label])).dangers).toEqual([])
      }),
    )
  })
})
