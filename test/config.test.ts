import { readFile } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { jsonSchemaText } from '../config/json-schema.ts'
import { defaultConfig, parseConfig } from '../config/load.ts'

const SHIPPED = new URL('../config/pipewarden.yaml', import.meta.url)

const read = (text: string) => parseConfig(text, 'bot.yaml')

/** Keys of maps with fixed keys, each with the way to it. */
const keysOf = (schema: unknown, path = ''): string[] => {
  const properties = typeof schema === 'object' && schema !== null && 'properties' in schema ? schema.properties : {}
  return Object.entries(properties ?? {}).flatMap(([key, value]) => [
    `${path}${key}`,
    ...keysOf(value, `${path}${key}.`),
  ])
}

const writtenKeys = (value: unknown, path = ''): string[] =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
    ? Object.entries(value).flatMap(([key, entry]) => [`${path}${key}`, ...writtenKeys(entry, `${path}${key}.`)])
    : []

describe('the defaults', () => {
  it('hold for an empty file, a comment, and sections whose lines are all commented out', () => {
    const expected = defaultConfig().base
    for (const text of [
      '',
      '# nothing',
      '---',
      'fail_fast:\nretry:\nconditions:\ncommands:\noverrides:',
      'slack: {}',
    ]) {
      expect(read(text).base).toEqual(expected)
    }
  })

  it('are what the documentation says', () => {
    const { base, projects } = defaultConfig()
    const day = 86_400_000
    expect(projects).toEqual(['**'])
    expect(base).toMatchObject({ dryRun: false, debounce: 5000 })
    expect(base.failFast).toMatchObject({
      enabled: true,
      jobs: ['*fail-fast*'],
      pipelines: ['merge_request'],
      settle: 2000,
    })
    expect(base.failFast.skipLabels).toEqual(['pipeline:skip-fail-fast', 'pipeline:skip-rspec-fail-fast'])
    expect(base.retry).toMatchObject({ tracePatterns: [], knownFlaky: true, maxPerJob: 1 })
    expect(base.flakyTests.recoversAfter).toEqual({ passes: 30, or: 14 * day })
    expect(base.flakyTests.issues).toEqual({
      enabled: false,
      project: null,
      labels: ['flaky-test'],
      closeAfter: 30 * day,
      atMost: 3,
    })
    expect(base.undercoverage).toMatchObject({ missingFiles: 'fail', minPercent: null, onError: 'pass', hold: true })
    expect(base.labelActions).toHaveLength(1)
    expect(base.approvals.do).toEqual([{ type: 'run_pipeline' }])
    expect(base.slack).toMatchObject({ remindAfter: day, groupWait: 20_000 })
    expect(base.conditions.nightly).toEqual({ source: ['schedule'], ref: ['master'], variables: { NIGHTLY: '*' } })
  })

  it('are what the file that comes with the bot says', async () => {
    const shipped = read(await readFile(SHIPPED, 'utf8'))
    expect(shipped.base).toEqual(defaultConfig().base)
    expect(shipped.projects).toEqual(defaultConfig().projects)
    expect(shipped.overrides).toBe(0)
  })

  it('stand in that file with every key there is', async () => {
    const schema: unknown = JSON.parse(jsonSchemaText())
    const written = new Set(writtenKeys(parse(await readFile(SHIPPED, 'utf8'))))
    expect(keysOf(schema).filter((key) => !written.has(key))).toEqual([])
  })

  it('are joined in that file by an example of an override that works', async () => {
    const [settings = '', example = ''] = (await readFile(SHIPPED, 'utf8')).split(/^# Other settings.*$/m)
    const uncommented = example.replace('overrides: []\n', '').replace(/^#( |$)/gm, '')
    const config = read(`${settings}\noverrides:${uncommented}`)
    expect(config.configFor('legacy/app').failFast.enabled).toBe(false)
    expect(config.configFor('new/app').failFast.enabled).toBe(true)
  })
})

describe('the JSON Schema', () => {
  it('is up to date', async () => {
    const written = await readFile(new URL('../config/pipewarden.schema.json', import.meta.url), 'utf8')
    expect(written).toBe(jsonSchemaText())
  })

  it('says of every key what it is for', () => {
    const undescribed: string[] = []
    JSON.parse(jsonSchemaText(), (key, value: Record<string, unknown>) => {
      if (key !== 'properties') return value
      undescribed.push(...Object.keys(value).filter((name) => !Object.hasOwn(Object(value[name]), 'description')))
      return value
    })
    expect(undescribed).toEqual([])
  })
})

describe('what is read', () => {
  const DURATIONS: [text: string, milliseconds: number][] = [
    ['0s', 0],
    ['3s', 3_000],
    ['10m', 600_000],
    ['24h', 86_400_000],
    ['14d', 1_209_600_000],
  ]

  it.each(DURATIONS)('%s is %i ms', (text, milliseconds) => {
    expect(read(`debounce: ${text}`).base.debounce).toBe(milliseconds)
  })

  it('is everything that a label may ask for', () => {
    const text = `
label_actions:
  - labels: [go]
    on: [added, removed]
    do:
      - retry_failed_jobs
      - play_job: deploy review
      - note: On its way.
      - add_labels: [a, b]
      - remove_labels: [c]
      - trigger: {project: group/other, ref: main, variables: {FROM: bot}}
      - trigger: {project: group/other}`
    expect(read(text).base.labelActions).toEqual([
      {
        labels: ['go'],
        on: ['added', 'removed'],
        do: [
          { type: 'retry_failed_jobs' },
          { type: 'play_job', job: 'deploy review' },
          { type: 'note', text: 'On its way.' },
          { type: 'add_labels', labels: ['a', 'b'] },
          { type: 'remove_labels', labels: ['c'] },
          { type: 'trigger', project: 'group/other', ref: 'main', variables: { FROM: 'bot' } },
          { type: 'trigger', project: 'group/other', ref: null, variables: {} },
        ],
      },
    ])
  })

  it('may have regular expressions without quotes, anchors and merge keys', () => {
    const text = `
retry:
  trace_patterns:
    - name: registry down
      match: /registry.* 50[234]/i
fail_fast: &quiet {note: false}
overrides:
  - projects: [a/b]
    fail_fast: {<<: *quiet, enabled: false}`
    const config = read(text)
    expect(config.base.retry.tracePatterns).toEqual([{ name: 'registry down', match: '/registry.* 50[234]/i' }])
    expect(config.configFor('a/b').failFast).toMatchObject({ note: false, enabled: false })
  })

  it('keeps the conditions and patterns that come with the bot beside your own', () => {
    const { conditions, patterns } = read(
      'conditions: {weekly: {source: schedule}}\npatterns: {docs: ["**/*.txt"]}',
    ).base
    expect(Object.keys(conditions)).toEqual(['nightly', 'weekly'])
    expect(patterns).toEqual({ docs: ['**/*.txt'], ci: ['.gitlab-ci.yml', '.gitlab/ci/**'] })
  })

  it('takes the channel of the environment where a route asks for it, and silences the route without one', () => {
    const text = 'slack: {routes: [{channel: $SLACK_CHANNEL}, {channel: "#ci"}]}'
    const channels = (slackChannel: string | null) =>
      parseConfig(text, 'bot.yaml', { slackChannel }).base.slack.routes.map(({ channel }) => channel)
    expect(channels('#builds')).toEqual(['#builds', '#ci'])
    expect(channels(null)).toEqual([null, '#ci'])
  })
})
