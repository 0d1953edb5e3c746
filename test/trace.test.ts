import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { RetryOptions } from '../config/schema.ts'
import { GitLabError } from '../src/gitlab/errors.ts'
import { readTracePattern } from '../src/read-trace.ts'
import { matchTrace, plainTrace } from '../src/reports/trace.ts'
import type { FailedJob } from '../src/retry.ts'
import { configOf } from './support/builders.ts'

const escapeCharacter = '\u001b'

describe('a trace without its trimmings', () => {
  it.each([
    ['plain', 'one\ntwo\n', 'one\ntwo\n'],
    ['colours', '\u001b[31;1mERROR\u001b[0;m: no\u001b[K', 'ERROR: no'],
    ['cursor moves', 'a\u001b[2J\u001b[?25hb\u001b[1;1Hc', 'abc'],
    ['titles', '\u001b]0;make test\u0007go\u001b]8;;https://x.example\u001b\\link\u001b]8;;\u001b\\', 'golink'],
    ['character sets and single commands', '\u001b(Ba\u001b7b\u001bMc', 'abc'],
    ['an escape at the end', 'a\u001b', 'a'],
    ['half a colour', 'a\u001b[31', 'a[31'],
    [
      'sections',
      'section_start:1560896352:get_sources[collapsed=true]\r\u001b[0KFetching\nsection_end:1560896353:get_sources\r\u001b[0Kdone',
      'Fetching\ndone',
    ],
    [
      'what only talks of sections',
      'my section_start:1:a is\nsection_start:1:a b',
      'my section_start:1:a is\nsection_start:1:a b',
    ],
    ['progress', ' 10%\r 20%\r100%\r\n', ' 10%\n 20%\n100%\n\n'],
    [
      'timestamps',
      '2026-03-02T11:19:20.000000Z 00O Hey\n2026-03-02T11:19:20.000001Z 01E there \n2026-03-02T11:19:21.000000Z 01E+you',
      'Hey\nthere you',
    ],
    [
      'timestamps and colours',
      '2026-03-02T11:19:20.000000Z 00O \u001b[0Ksection_start:1:a\r\u001b[0K\u001b[32;1mHey\u001b[0;m',
      'Hey',
    ],
  ])('loses its %s', (_, trace, plain) => {
    expect(plainTrace(trace)).toBe(plain)
  })

  it('has nothing left of any colour, and all of its text', () => {
    const words = fc.array(fc.stringMatching(/^[A-Za-z .:]{1,9}$/), { minLength: 1 })
    const colours = fc.array(fc.integer({ min: 0, max: 107 }), { minLength: 1 })
    fc.assert(
      fc.property(words, colours, (text, codes) => {
        const coloured = text.map((word, index) => `${escapeCharacter}[${codes[index % codes.length]}m${word}`).join('')
        expect(plainTrace(`${coloured}${escapeCharacter}[0m`)).toBe(text.join(''))
      }),
    )
  })

  it.each([
    ['escapes', escapeCharacter],
    ['open colours', `${escapeCharacter}[`],
    ['open titles', `${escapeCharacter}]`],
    ['endless parameters', '0;'],
    ['open sections', 'section_start:1:a['],
    ['returns', '\r'],
    ['continued lines', '2026-03-02T11:19:20.000000Z 00O+a\n'],
  ])('takes no time over %s', (_, piece) => {
    const trace = `${escapeCharacter}[${piece.repeat(Math.ceil(1_000_000 / piece.length))}`
    const started = performance.now()
    plainTrace(trace)
    expect(performance.now() - started).toBeLessThan(2000)
  })
})

const patterns = [
  { name: 'registry down', match: '/registry\\.example.*(refused|timed out)/i' },
  { name: 'no disk', match: '/^No space left on device$/' },
  { name: 'no disk on any line', match: '/(?m)^No space left on device$/' },
]

describe('a trace', () => {
  it.each([
    ['pull from Registry.Example:\u001b[31m connection refused\u001b[0m\n', 'registry down'],
    ['registry.example\nconnection refused', null],
    ['No space left on device', 'no disk'],
    ['cp\nNo space left on device\n', 'no disk on any line'],
    ['', null],
  ])('that reads %j shows the pattern %s', (trace, name) => {
    expect(matchTrace(trace, patterns)).toBe(name)
  })

  it('of hostile text costs no more than any other', () => {
    const started = performance.now()
    expect(matchTrace('a'.repeat(200_000), [{ name: 'evil', match: '/(a+)+$b/' }])).toBeNull()
    expect(performance.now() - started).toBeLessThan(2000)
  })
})

describe('the pattern of a job', () => {
  const { retry } = configOf('retry: {trace_patterns: [{name: no disk, match: /No space left/}]}')
  const job = (change: Partial<FailedJob> = {}) => ({
    id: 9,
    name: 'rspec',
    failureReason: 'script_failure',
    attempts: 1,
    tracePattern: null,
    ...change,
  })
  const refusal = (status: number, kind: GitLabError['kind']) =>
    new GitLabError({ method: 'GET', path: 'projects/7/jobs/9/trace', status, reason: `${status}`, kind })

  const reading = async (given: FailedJob & { id: number }, options: RetryOptions) => {
    const asked: unknown[] = []
    const trace = async (...all: unknown[]): Promise<string> => {
      asked.push(all)
      return 'cp: No space left on device'
    }
    return { pattern: await readTracePattern({ trace }, 7, given, options), asked }
  }

  it('is looked for in the end of its trace', async () => {
    expect(await reading(job(), retry)).toEqual({ pattern: 'no disk', asked: [[7, 9, { tailBytes: 200_000 }]] })
  })

  it.each([
    ['no pattern is configured', job(), configOf().retry],
    ['it was retried before', job({ attempts: 2 }), retry],
    ['it is never retried', job({ name: 'deploy' }), retry],
    ['its failure reason says enough', job({ failureReason: 'api_failure' }), retry],
  ])('is not looked for when %s', async (_, given, options) => {
    expect(await reading(given, options)).toEqual({ pattern: null, asked: [] })
  })

  it('is not known when the trace may not be read, and is read later when GitLab is down', async () => {
    const refusing = { trace: () => Promise.reject(refusal(403, 'permanent')) }
    expect(await readTracePattern(refusing, 7, job(), retry)).toBeNull()
    const down = refusal(500, 'retryable')
    await expect(readTracePattern({ trace: () => Promise.reject(down) }, 7, job(), retry)).rejects.toBe(down)
  })
})
