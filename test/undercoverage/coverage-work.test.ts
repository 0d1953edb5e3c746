import { setImmediate, setTimeout } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { readUnifiedDiff } from '../../src/reports/diff/unified.ts'
import { ThreadError } from '../../src/threads/worker-thread.ts'
import { createCoverageWork } from '../../workers/undercoverage/reports/coverage-work.ts'
import type { CoverageReading, CoverageWork, JudgeTask } from '../../workers/undercoverage/reports/types.ts'
import { configOf } from '../support/builders.ts'
import { lcov } from './stage.ts'

const path = 'lib/pear.rb'
const text = 'def ripe\n  1\nend\n'
const diff = readUnifiedDiff(
  `diff --git a/${path} b/${path}\nnew file mode 100644\n--- /dev/null\n+++ b/${path}\n@@ -0,0 +1,3 @@\n+def ripe\n+  1\n+end\n`,
)
const uncovered = lcov(path, { 1: 1, 2: 0 })
/** More than is read at once, and about other files. */
const padding = Array.from({ length: 17_000 }, (_, index) => `SF:lib/part${index}.rb\nend_of_record\n`).join('')
const paddingPaths = padding.match(/lib\/\w+\.rb/g) ?? []
const { undercoverage } = configOf()

const task: JudgeTask = {
  diff,
  ignore: undercoverage.ignore,
  checkout: { roots: [], projectPath: 'meadow/orchard' },
  tree: [path],
  options: undercoverage,
  sources: new Map([[path, text]]),
  commits: [],
  warnings: ['a job left none'],
}

async function* bytesOf(report: string): AsyncGenerator<Buffer> {
  yield Buffer.from(report)
}

const file = (report: string) => ({ size: report.length, open: async () => bytesOf(report) })
const named = (name: string) => ({ name, directory: '' })

let work: CoverageWork
let reading: CoverageReading

beforeAll(() => {
  work = createCoverageWork()
})

beforeEach(() => {
  reading = work.reading([path])
})

afterEach(() => reading.close())

afterAll(() => work.close())

describe('reports', () => {
  it.each([
    ['small ones, at once', uncovered, task],
    ['large ones, in a thread', padding + uncovered, { ...task, tree: null }],
    [
      'small ones with large sources, in a thread',
      uncovered,
      { ...task, sources: new Map([[path, text + '#'.repeat(600_000)]]) },
    ],
    ['small ones in a large repository, in a thread', uncovered, { ...task, tree: [path, ...paddingPaths] }],
  ])('are judged the same: %s', async (_title, report, given) => {
    await reading.add(named('first'), file(report))
    await reading.addBroken({
      ...named('second'),
      read: { outcome: 'unreadable', reason: 'empty', message: 'It is empty.' },
    })
    expect(await reading.survey(given)).toEqual({ files: [path], needsTree: false })
    expect(await reading.judge(given)).toMatchObject({
      verdict: 'fail',
      totals: { uncovered: 1 },
      warnings: ['a job left none', 'second: It is empty'],
      reports: [
        { name: 'first', problem: null },
        { name: 'second', problem: 'It is empty' },
      ],
    })
  })

  it('that break off on their way fail as their stream does, in the thread too', async () => {
    const broken = (size: number) => ({
      size,
      async *open() {
        yield Buffer.from(uncovered)
        throw new Error('the archive is cut')
      },
    })
    for (const size of [10, 600_000]) {
      const open = async () => broken(size).open()
      await expect(reading.add(named('cut'), { size, open })).rejects.toThrow('the archive is cut')
    }
    expect((await reading.survey(task)).files).toEqual([])
  })

  it('that cannot be read to their end are left there, and say what is wrong', async () => {
    await reading.add(named('first'), file(`<coverage><packages><class>${'<line number="x"/>'.repeat(60_000)}`))
    expect(await reading.judge(task)).toMatchObject({
      verdict: 'error',
      because: expect.stringContaining('a line element has no usable "number"'),
    })
  })

  it('keep the process alive until they are judged, and the thread at rest does not', async () => {
    const held = () => process.getActiveResourcesInfo().filter((kind) => kind === 'MessagePort').length
    await reading.add(named('first'), file(padding + uncovered))
    await setTimeout(20)
    const atRest = held()
    const judged = reading.judge(task)
    // Asked by now, and no message can have come yet.
    for (let turn = 0; turn < 10; turn += 1) await Promise.resolve()
    expect(held()).toBe(atRest + 1)
    await judged
    expect(held()).toBe(atRest)
  })

  it('are lost with the process, and nothing is concluded from that', async () => {
    await reading.add(named('first'), file(padding + uncovered))
    const judged = reading.judge(task)
    await setImmediate()
    await Promise.all([work.close(), expect(judged).rejects.toThrow(ThreadError)])
    await expect(reading.judge(task)).rejects.toThrow('what was read is lost')
  })
})
