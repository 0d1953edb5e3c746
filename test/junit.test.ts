import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import fc from 'fast-check'
import { describe, expect, it, test } from 'vitest'
import { readJunit } from '../src/reports/junit/read.ts'
import type { TestOutcome } from '../src/reports/junit/types.ts'

const fixture = (name: string) => fileURLToPath(new URL(`./fixtures/junit/${name}.xml`, import.meta.url))

async function* inChunks(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let start = 0; start < bytes.length; start += size) yield bytes.subarray(start, start + size)
}

const readBytes = (bytes: Uint8Array, size = 65_536) => readJunit(inChunks(bytes, size))
const readText = (text: string) => readBytes(Buffer.from(text))
const inSuite = (cases: string) => `<testsuites><testsuite name="s">${cases}</testsuite></testsuites>`

const brief = ({ name, status, kind, flakyAttempts, rerunAttempts, declaredAttempts }: TestOutcome): string =>
  [
    name ?? '(no name)',
    kind ?? status,
    flakyAttempts && `${flakyAttempts} flaky`,
    rerunAttempts && `${rerunAttempts} rerun`,
    declaredAttempts && `${declaredAttempts} declared`,
  ]
    .filter(Boolean)
    .join(', ')

describe('every dialect is read', () => {
  test.each([
    ['surefire', ['addsItems, passed', 'survivesRestart, passed, 2 flaky', 'refusesNegative, failure, 2 rerun']],
    ['nextest', ['opens, passed', 'locks, passed, 1 flaky', 'syncs, failure, 2 flaky', 'seed-database, passed']],
    ['nextest-stress', ['drains, passed', 'orders, passed', 'drains, failure', 'orders, passed']],
    [
      'playwright-retries',
      [
        'login › remembers me, passed, 1 flaky',
        'login › rejects a bad password, failure, 1 rerun',
        'login › opens, passed',
      ],
    ],
    [
      'gotestsum',
      [
        'TestRefund/partial, failure',
        'TestRefund, failure',
        'TestLimits, failure',
        'TestLimits, failure',
        'TestSlow, skipped',
        'TestRefund/partial, passed',
        'TestRefund/full, passed',
        'TestRefund, passed',
        'TestMain, failure',
      ],
    ],
    [
      'pytest',
      [
        'test_sends, passed',
        'test_parses[ä], passed',
        'test_bounces, failure',
        'test_bounces, error',
        'test_windows, skipped',
        'test_known, skipped',
      ],
    ],
    ['rspec', ['Invoice sums its lines, passed', 'Invoice rounds half up, failure', 'Invoice is archived, skipped']],
    [
      'jest',
      ['price adds tax, passed, 1 declared', 'price converts, passed, 3 declared', 'price rounds, failure, 3 declared'],
    ],
    ['vitest', ['clock > ticks, passed', 'clock > stops, failure']],
    ['mocha', ['tree grows, passed', 'tree falls, passed']],
    ['web-test-runner', ['opens, passed', 'closes, failure', 'scrolls <fast>, passed', 'closes, passed']],
    ['phpunit', ['testZero, passed', 'testRate with data set "de", passed', 'testRate with data set "fr", error']],
    ['marathon', ['shows, passed, 1 flaky']],
    ['xunit', ['Orders.Tests.Ships, passed', 'Orders.Tests.Returns, skipped']],
    ['bazel', ['net/dns_test, error']],
    ['googletest', ['Reads, passed', 'DISABLED_Writes, skipped', 'Ignored, skipped', 'Fails, failure']],
    ['unnamed', ['(no name), passed', '(no name), failure', '(no name), skipped', 'named, error']],
  ])('%s', async (name, outcomes) => {
    const report = await readJunit(fixture(name))
    expect(report.outcomes.map(brief)).toEqual(outcomes)
  })

  test.each([
    ['pytest', 'pytest'],
    ['rspec', 'rspec'],
    ['jest', 'jest'],
    ['vitest', 'vitest'],
    ['mocha', 'mocha'],
    ['playwright-default', 'playwright'],
    ['surefire', null],
    ['nextest', null],
    ['gotestsum', null],
  ])('the writer of %s is told as %s', async (name, producer) => {
    expect((await readJunit(fixture(name))).producer).toBe(producer)
  })

  it('takes the innermost suite, its file where the test has none, and numbers the tests', async () => {
    const { outcomes } = await readJunit(fixture('phpunit'))
    const [zero, , risky] = outcomes
    expect(zero).toMatchObject({ suite: 'App\\TaxTest', classname: 'App.TaxTest', position: 0 })
    expect(risky).toMatchObject({
      suite: 'App\\TaxTest::testRate',
      file: '/builds/acme/shop/tests/TaxTest.php',
      position: 2,
    })
  })

  it('finds attachments of failed tests only, and the retry folder of passed ones', async () => {
    const { outcomes } = await readJunit(fixture('playwright-default'))
    expect(outcomes.map(({ attachment, retryAttachment }) => [attachment, retryAttachment])).toEqual([
      [null, true],
      ['test-results/sums/shot.png', false],
      [null, false],
      [null, false],
    ])
    expect(outcomes.map(({ hostname }) => hostname)).toEqual(['chromium', 'chromium', 'firefox', 'firefox'])
  })

  test.each([
    ['surefire', 'expected: <2> but was: <1>'],
    ['nextest', 'lock was taken'],
    ['rspec', 'expected: 3\n     got: 2'],
    ['gotestsum', '    refund_test.go:12: left 3\n--- FAIL'],
    ['vitest', 'expected 1 to be 2'],
  ])('the first message of %s is what failed', async (name, message) => {
    const { outcomes } = await readJunit(fixture(name))
    expect(outcomes.find((outcome) => outcome.message !== null)?.message).toBe(message)
  })

  it('tells what failed rather than that a flaky test fails the job', async () => {
    const { outcomes } = await readJunit(fixture('nextest'))
    expect(outcomes.find(({ name }) => name === 'syncs')?.message).toBe('sync timed out')
  })
})

describe('times', () => {
  test.each([
    ['0.25', 0.25],
    ['1,002.25', 1002.25],
    ['12,345,678', 12_345_678],
    ['0.', 0],
    ['1e-3', 0.001],
    ['NaN', null],
    ['<<computed>>', null],
    ['-1', null],
    ['', null],
  ])('%s is %s seconds', async (time, seconds) => {
    const { outcomes } = await readText(inSuite(`<testcase name="t" time="${time}"/>`))
    expect(outcomes[0]?.seconds).toBe(seconds)
  })
})

describe('what is broken is said, and read as far as it goes', () => {
  const kindsOf = async (report: ReturnType<typeof readJunit>) => (await report).problems.map(({ kind }) => kind)

  test.each([
    ['truncated-in-failure', ['one, passed', 'two, failure'], ['truncated']],
    ['truncated-in-output', ['one, passed'], ['truncated']],
    ['broken-close', [], ['unparseable']],
    ['not-junit', [], ['not-junit']],
    ['web-test-runner', ['opens, passed', 'closes, failure', 'scrolls <fast>, passed', 'closes, passed'], ['repaired']],
    ['unescaped', ['a, failure', 'b &, passed', 'c, passed'], ['repaired']],
    ['concatenated', ['a, passed', 'b, failure'], ['repaired']],
    ['entity-bomb', ['t, failure'], ['repaired']],
    [
      'rspec',
      ['Invoice sums its lines, passed', 'Invoice rounds half up, failure', 'Invoice is archived, skipped'],
      ['repaired'],
    ],
  ])('%s', async (name, outcomes, problems) => {
    const report = await readJunit(fixture(name))
    expect(report.outcomes.map(brief)).toEqual(outcomes)
    expect(report.problems.map(({ kind }) => kind)).toEqual(problems)
  })

  test.each([
    ['', 'empty'],
    [' \n\t ', 'empty'],
    ['\ufeff', 'empty'],
    ['Error: no tests found', 'unparseable'],
    ['{"tests": []}', 'unparseable'],
    ['<testcase name="t"/>', 'not-junit'],
    ['<!DOCTYPE html><html></html>', 'not-junit'],
    ['<testsuites><testsuite name="s"><testcase name="t"', 'truncated'],
    ['<testsuites><!-- never ends', 'truncated'],
  ])('%j is %s', async (text, kind) => {
    expect(await kindsOf(readText(text))).toEqual([kind])
  })

  test.each([['<testsuites/>'], ['<testsuite name="s" tests="9"></testsuite>'], [inSuite('')]])(
    'a report without tests is no problem: %s',
    async (text) => {
      expect(await readText(text)).toMatchObject({ outcomes: [], problems: [] })
    },
  )

  it('reads a report after a line of a log', async () => {
    const report = await readText(`Notice: deprecated\n${inSuite('<testcase name="t"/>')}`)
    expect(report.outcomes.map(brief)).toEqual(['t, passed'])
    expect(report.problems.map(({ kind }) => kind)).toEqual(['repaired'])
  })

  it('counts a test as failed when the report breaks off in its failure tag, as unknown before that', async () => {
    const start = '<testsuite name="s"><testcase name="t">'
    expect((await readText(`${start}<failure message="expec`)).outcomes.map(brief)).toEqual(['t, failure'])
    expect((await readText(`${start}<fail`)).outcomes).toEqual([])
    expect((await readText(`${start}<flakyFailure message="x"/>`)).outcomes).toEqual([])
  })

  it('throws what the file system says about a missing file', async () => {
    await expect(readJunit(fixture('no-such-report'))).rejects.toThrow('ENOENT')
  })
})

describe('encodings', () => {
  const text = (encoding: string) =>
    `<?xml version="1.0" encoding="${encoding}"?>${inSuite('<testcase name="größe €"/>')}`
  const bigEndian = (content: string) => Buffer.from(content, 'utf16le').swap16()

  test.each<[string, Uint8Array, string]>([
    ['UTF-8', Buffer.from(text('UTF-8')), 'größe €'],
    ['UTF-8 with a byte order mark', Buffer.from(`\ufeff${text('utf-8')}`), 'größe €'],
    ['UTF-16 LE with a byte order mark', Buffer.from(`\ufeff${text('UTF-16')}`, 'utf16le'), 'größe €'],
    ['UTF-16 BE with a byte order mark', bigEndian(`\ufeff${text('UTF-16')}`), 'größe €'],
    ['UTF-16 LE without one', Buffer.from(text('UTF-16'), 'utf16le'), 'größe €'],
    ['UTF-16 that is UTF-8 in truth', Buffer.from(text('UTF-16')), 'größe €'],
    ['ISO-8859-1', Buffer.from(text('ISO-8859-1').replace('€', '!'), 'latin1'), 'größe !'],
    [
      'windows-1252',
      Buffer.concat([
        Buffer.from('<?xml version="1.0" encoding="windows-1252"?><testsuite><testcase name="'),
        Buffer.from([0x80]),
        Buffer.from('"/></testsuite>'),
      ]),
      '€',
    ],
    ['an unknown encoding', Buffer.from(text('x-klingon')), 'größe €'],
    [
      'invalid bytes',
      Buffer.concat([
        Buffer.from('<testsuite><testcase name="a'),
        Buffer.from([0xff]),
        Buffer.from('b"/></testsuite>'),
      ]),
      'a\ufffdb',
    ],
  ])('%s', async (_, bytes, name) => {
    for (const size of [1, 7, 65_536]) expect((await readBytes(bytes, size)).outcomes[0]?.name).toBe(name)
  })
})

describe('names', () => {
  test.each([
    ['a  b\n c', 'a b c'],
    ['&#27;[1;31mred&#27;[0m', 'red'],
    ['x&#0;&#8;&#xFFFE;&#xD800;y', 'xy'],
    ['&amp;lt; &quot;q&quot; &#x263A;', '&lt; "q" ☺'],
    ['a &', 'a &'],
    ['a &b', 'a &b'],
    ['a && b', 'a && b'],
  ])('%s becomes %s', async (written, name) => {
    const { outcomes } = await readText(inSuite(`<testcase name="${written}"/><testcase name="next"/>`))
    expect(outcomes.map((outcome) => outcome.name)).toEqual([name, 'next'])
  })

  it('come back as they were escaped', async () => {
    const escaped = (name: string) =>
      name.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;').replaceAll('>', '&gt;')
    const word = fc.string({ unit: fc.constantFrom(...'aZ9ä€😀<>&"\'[](){}|;:#%=-/\\'), minLength: 1 })
    await fc.assert(
      fc.asyncProperty(fc.array(word, { minLength: 1, maxLength: 6 }), async (words) => {
        const name = words.join(' ')
        const { outcomes, problems } = await readText(inSuite(`<testcase name="${escaped(name)}"/>`))
        expect(outcomes.map((outcome) => outcome.name)).toEqual([name])
        expect(problems).toEqual([])
      }),
    )
  })
})

describe('limits', () => {
  it('says that a report is too large and reads nothing of it', async () => {
    const bytes = Buffer.from(inSuite('<testcase name="t"><failure/></testcase>'))
    const report = await readJunit(inChunks(bytes, 10), { maxBytes: 60 })
    expect(report.outcomes).toEqual([])
    expect(report.problems.map(({ kind }) => kind)).toEqual(['too_large'])
    expect((await readJunit(fixture('pytest'), { maxBytes: 60 })).problems.map(({ kind }) => kind)).toEqual([
      'too_large',
    ])
  })

  test.each([
    ['deep nesting', `<testcase name="t"/>${'<testsuite name="d">'.repeat(100_000)}`],
    [
      'too many attributes',
      `<testcase name="t"/><testcase name="u" ${Array.from({ length: 5000 }, (_, index) => `a${index}="1"`).join(' ')}/>`,
    ],
    ['an endless name', `<testcase name="t"/><${'n'.repeat(50_000)}`],
    ['nothing but errors', `<testcase name="t"/>${'</x>'.repeat(100_001)}`],
  ])('%s ends the reading and keeps what was read', async (_, cases) => {
    const report = await readText(`<testsuite name="s">${cases}`)
    expect(report.outcomes.map(brief)).toEqual(['t, passed'])
    expect(report.problems.map(({ kind }) => kind)).toContain('truncated')
  })

  it('keeps the first lines of a message, however long it is, and reads on', async () => {
    const long = 'line of a message\n'.repeat(50_000)
    const { outcomes } = await readText(
      inSuite(
        `<testcase name="a"><failure message="${long}">${long}</failure></testcase><testcase name="b"><error>${long}</error></testcase><testcase name="c"/>`,
      ),
    )
    expect(outcomes.map(brief)).toEqual(['a, failure', 'b, error', 'c, passed'])
    for (const { message } of outcomes.slice(0, 2)) expect(message?.split('\n')).toHaveLength(8)
  })

  it('passes over long comments, doctypes and output', async () => {
    const long = 'words > and - more < words '.repeat(20_000)
    const text = `<!DOCTYPE t [<!-- ${long} -->]><!-- ${long} --><testsuite name="s"><testcase name="t"><system-out><![CDATA[${long}]]></system-out></testcase></testsuite>`
    expect((await readText(text)).outcomes.map(brief)).toEqual(['t, passed'])
  })

  it('expands no entity', async () => {
    const { outcomes } = await readJunit(fixture('entity-bomb'))
    expect(outcomes[0]?.message).toBe('&e;')
  })

  it('gives others their turn while it reads', async () => {
    const report = Buffer.from(inSuite('<testcase classname="c" name="n"/>'.repeat(60_000)))
    let turns = 0
    const timer = setInterval(() => {
      turns += 1
    }, 1)
    const { outcomes } = await readBytes(report, report.length)
    clearInterval(timer)
    expect(outcomes).toHaveLength(60_000)
    expect(turns).toBeGreaterThan(2)
  })
})

describe('whatever comes', () => {
  const names = ['surefire', 'gotestsum', 'rspec', 'web-test-runner', 'unescaped', 'playwright-default', 'entity-bomb']

  test.each(names)('%s reads the same however it is cut into chunks', async (name) => {
    const bytes = await readFile(fixture(name))
    const whole = await readBytes(bytes)
    for (const size of [1, 2, 3, 17, 256]) expect(await readBytes(bytes, size)).toEqual(whole)
  })

  test.each(names)('%s cut anywhere tells of no test that the whole does not tell the same of', async (name) => {
    const bytes = await readFile(fixture(name))
    const whole = await readBytes(bytes)
    for (let end = 0; end < bytes.length; end += 13) {
      const { outcomes } = await readBytes(bytes.subarray(0, end))
      for (const { position, status } of outcomes) expect(whole.outcomes[position]?.status).toBe(status)
    }
  })

  it('is read without an exception', async () => {
    const piece = fc.constantFrom(
      ...[
        '<testsuite name="s">',
        '</testsuite>',
        '<testcase name="t">',
        '</testcase>',
        '<failure>',
        '</failure>',
        '<![CDATA[',
        ']]>',
        '<!--',
        '-->',
        '&',
        '&#27;',
        '"',
        "'",
        '<',
        '>',
        '=',
        '/',
        '<?xml ?>',
        '<!DOCTYPE x [',
        ']',
        ' a="b"',
        'text',
        '\u0000',
        'é',
        '[[ATTACHMENT|',
        ']]',
      ],
    )
    await fc.assert(
      fc.asyncProperty(fc.array(piece, { maxLength: 60 }), fc.integer({ min: 1, max: 9 }), async (pieces, size) => {
        const report = await readBytes(Buffer.from(pieces.join('')), size)
        expect(Array.isArray(report.outcomes)).toBe(true)
      }),
      { numRuns: 500 },
    )
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), async (bytes) => {
        expect((await readBytes(bytes)).outcomes).toEqual([])
      }),
    )
  })
})
