import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { text } from 'node:stream/consumers'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createPrinter } from './demo/print.ts'
import type { Chapter } from './demo/stage.ts'
import { tellStory } from './demo/tell.ts'
import { createCleanup } from './support/cleanup.ts'

const root = join(import.meta.dirname, '..')

describe('the demo', () => {
  let temporary: string

  beforeEach(async () => {
    temporary = await mkdtemp(join(tmpdir(), 'pipewarden-demo-test-'))
  })

  afterEach(() => rm(temporary, { recursive: true, force: true }))

  /** tsx as a loader, so that the process that gets a signal is the one that plays. */
  const start = (): ChildProcess =>
    spawn(process.execPath, ['--import', 'tsx', 'test/demo/index.ts'], {
      cwd: root,
      env: { ...process.env, TMPDIR: temporary },
      stdio: ['ignore', 'pipe', 'inherit'],
    })

  const said = (demo: ChildProcess, word: string) =>
    new Promise<void>((resolve) => demo.stdout?.on('data', (piece) => String(piece).includes(word) && resolve()))

  /** tsx keeps a cache of its own there. */
  const leftBehind = async () => (await readdir(temporary)).filter((name) => !name.startsWith('tsx-'))

  it('plays every chapter, fits into 100 columns without colours, ends with 0 and leaves nothing behind', async () => {
    const demo = start()
    const output = text(demo.stdout ?? new PassThrough())
    const [code] = await once(demo, 'close')
    const told = await output
    expect(told).toContain('fail-fast acts: rspec fail-fast failed for good and 8 jobs are left to stop')
    expect(told).toMatch(/cancel_pipeline \(pipeline \d+\) → done/)
    expect(told).toContain('`rspec fail-fast` failed, so 8 jobs of pipeline')
    expect(told).toContain('fail-fast does nothing: the label pipeline:skip-fail-fast is on the merge')
    expect(told).toMatch(/pipeline \d+ is green; rspec 3\/8 needed 2 attempts/)
    const note = told.split('\n').findIndex((line) => line.includes('is red; the note on the'))
    expect(told.split('\n').slice(note).join('')).toMatch(/^.*the note on the\s*page:\s*│ \*\*❌/)
    expect(told).toContain('All of it went as told.')
    expect(told.split('\n').filter((line) => line.length > 100)).toEqual([])
    expect(told).not.toContain('\u001b')
    expect(code).toBe(0)
    expect(await leftBehind()).toEqual([])
  }, 60_000)

  it('cleans up when it is interrupted in the middle', async () => {
    const demo = start()
    await said(demo, 'story')
    expect(await leftBehind()).toHaveLength(1)
    demo.kill('SIGINT')
    const [code] = await once(demo, 'close')
    expect(code).toBe(130)
    expect(await leftBehind()).toEqual([])
  }, 60_000)

  it('cleans up when nobody reads on', async () => {
    const demo = start()
    await said(demo, 'story')
    demo.stdout?.destroy()
    const [code] = await once(demo, 'close')
    expect(code).toBe(141)
    expect(await leftBehind()).toEqual([])
  }, 60_000)

  it('says what did not go as told', async () => {
    const chapter: Chapter = {
      title: 'A chapter that ends otherwise',
      tell: async (stage) => stage.check('pigs fly', stage.project.pipelines.length > 0),
    }
    const out = new PassThrough()
    const cleanup = createCleanup()
    const wentAsTold = await tellStory([chapter], cleanup, createPrinter(out))
    await cleanup.run()
    out.end()
    expect(wentAsTold).toBe(false)
    expect(await text(out)).toContain('This did not go as told: it is not so that pigs fly')
  })
})
