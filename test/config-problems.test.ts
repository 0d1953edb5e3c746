import { mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { checkConfig } from '../config/check.ts'
import { ConfigError, defaultConfig, loadConfig, parseConfig } from '../config/load.ts'
import { nearest } from '../config/nearest.ts'
import { anyCharacter } from './support/any-character.ts'

const complaints = (text: string): string[] => {
  try {
    parseConfig(text, 'bot.yaml')
  } catch (error) {
    if (error instanceof ConfigError) return error.message.split('\n')
    throw error
  }
  return []
}

describe('what is wrong', () => {
  const WRONG: [text: string, ...complaints: string[]][] = [
    ['fail_fast: {job: [a]}', 'bot.yaml:1:13: unknown key fail_fast.job; did you mean fail_fast.jobs?'],
    ['frail_fast: {}', 'bot.yaml:1:1: unknown key frail_fast; did you mean fail_fast?'],
    ['slack: {zzzzzz: 1}', 'bot.yaml:1:9: unknown key slack.zzzzzz; valid here: routes, remind_after, group_wait'],
    ['dry_run: yes', 'bot.yaml:1:10: dry_run: expected true or false, found the text "yes"'],
    ['dry_run: ', 'bot.yaml:1:10: dry_run: expected true or false, found nothing'],
    ['projects: a/b', 'bot.yaml:1:11: projects: expected a list, found the text "a/b"; as a list it is ["a/b"]'],
    ['projects: [1]', 'bot.yaml:1:12: projects[0]: expected text, found 1; as text it is "1", in quotes'],
    ['retry: [a]', 'bot.yaml:1:8: retry: expected a map, found a list'],
    ['retry: {max_per_job: 1.5}', 'bot.yaml:1:22: retry.max_per_job: expected a whole number, found 1.5'],
    ['retry: {max_per_job: -1}', 'bot.yaml:1:22: retry.max_per_job: expected at least 0, found -1'],
    ['flaky_tests: {mass_failure: 2}', 'bot.yaml:1:29: flaky_tests.mass_failure: expected at most 1, found 2'],
    ['debounce: 366d', 'bot.yaml:1:11: debounce: expected at most 365d, found the text "366d"'],
    ['debounce: 999999d', 'bot.yaml:1:11: debounce: expected at most 365d, found the text "999999d"'],
    ['debounce: 5', 'bot.yaml:1:11: debounce: expected a duration such as 0s, 3s, 10m, 24h or 14d, found 5'],
    [
      'debounce: 5 s',
      'bot.yaml:1:11: debounce: expected a duration such as 0s, 3s, 10m, 24h or 14d, found the text "5 s"',
    ],
    [
      'undercoverage: {missing_files: fial}',
      'bot.yaml:1:32: undercoverage.missing_files: expected one of fail, warn, ignore, found the text "fial"; did you mean fail?',
    ],
    [
      'fail_fast:\n  jobs:\n    - ok\n    - a{b',
      'bot.yaml:4:7: fail_fast.jobs[1]: bad pattern "a{b": a { that is never closed at position 2',
    ],
    [
      'fail_fast: {jobs: [/a(b/]}',
      `bot.yaml:1:20: fail_fast.jobs[0]: bad pattern "/a(b/": missing closing ): 'a(b' at position 2`,
    ],
    [
      'retry: {trace_patterns: [{name: a, match: foo}]}',
      'bot.yaml:1:43: retry.trace_patterns[0].match: expected a regular expression between slashes, such as /connection (reset|refused)/i',
    ],
    ['retry: {trace_patterns: [{match: /a/}]}', 'bot.yaml:1:26: missing key retry.trace_patterns[0].name'],
    [
      'fail_fast: {pipelines: [merge_requests]}',
      'bot.yaml:1:25: fail_fast.pipelines[0]: unknown condition "merge_requests"; did you mean merge_request?',
    ],
    [
      'slack: {routes: [{channel: a, when: [nightl]}]}',
      'bot.yaml:1:38: slack.routes[0].when[0]: unknown condition "nightl"; did you mean nightly?',
    ],
    [
      'approvals: {unless_only_changed: [doc]}',
      'bot.yaml:1:35: approvals.unless_only_changed[0]: unknown list of patterns "doc"; did you mean docs?',
    ],
    ['conditions: {tag: {ref: v*}}', 'bot.yaml:1:14: conditions.tag: tag is built in and cannot be defined again'],
    [
      'conditions: {a: {not: b}, b: {all_of: [a]}}',
      'bot.yaml:1:14: conditions.a: goes in a circle: a → b → a',
      'bot.yaml:1:27: conditions.b: goes in a circle: b → a → b',
    ],
    ['conditions: {a: {}}', 'bot.yaml:1:17: conditions.a: a condition without a key would hold for every pipeline'],
    [
      'conditions: {1st: {ref: a}}',
      'bot.yaml:1:14: conditions.1st: a name here starts with a letter and has letters, digits, _ and - only',
    ],
    ['conditions: {a: {ref: 3}}', 'bot.yaml:1:23: conditions.a.ref: expected text or a list, found 3'],
    [
      'approvals: {do: [run_pipelines]}',
      'bot.yaml:1:18: approvals.do[0]: expected one of run_pipeline, retry_failed_jobs, cancel_pipeline, recheck_undercoverage, found the text "run_pipelines"; did you mean run_pipeline?',
    ],
    [
      'approvals: {do: [{play_jb: a}]}',
      'bot.yaml:1:19: unknown key approvals.do[0].play_jb; did you mean approvals.do[0].play_job?',
    ],
    [
      'approvals: {do: [{play_job: a, note: b}]}',
      'bot.yaml:1:18: approvals.do[0]: expected exactly one thing to do in each entry',
    ],
    ['approvals: {do: [{trigger: {}}]}', 'bot.yaml:1:28: missing key approvals.do[0].trigger.project'],
    [
      'slack: {routes: [{channel: $CHANNEL}]}',
      'bot.yaml:1:28: slack.routes[0].channel: only $SLACK_CHANNEL and $AUTHOR are replaced in a channel',
    ],
    [
      'slack: {routes: [{channel: $AUTHOR, expect: {}}]}',
      'bot.yaml:1:45: slack.routes[0].expect: nobody is the author of a pipeline that did not run: name a channel instead of $AUTHOR',
    ],
    [
      'slack: {routes: [{channel: a, expect: {every: 0s}}]}',
      'bot.yaml:1:47: slack.routes[0].expect.every: expected more than no time',
    ],
    [
      'overrides: [{projects: [a], retry: {max_per_job: x}}]',
      'bot.yaml:1:50: overrides[0].retry.max_per_job: expected a number, found the text "x"',
    ],
    ['approvals: {do: []}', 'bot.yaml:1:17: approvals.do: expected at least 1 in the list, found 0'],
    ['approvals: {label: ""}', 'bot.yaml:1:20: approvals.label: expected at least 1 character(s), found 0'],
    ['overrides: [{retry: {}}]', 'bot.yaml:1:13: missing key overrides[0].projects'],
    [
      'overrides: [{projects: [a], fail_fast: {pipelines: [here]}}, {projects: [a], conditions: {here: {ref: a}}}]',
      'bot.yaml:1:53: overrides[0].fail_fast.pipelines[0]: unknown condition "here"; known are merge_request, fork_merge_request, branch, default_branch, tag, schedule, child, merged_result, merge_train, nightly',
    ],
    ['dry_run: true\ndry_run: false', 'bot.yaml:2:1: this key is there twice'],
    ['dry_run: true\n---\ndebounce: 1s', 'bot.yaml:2:1: a second document begins here, but only one is read'],
    ['- a', 'bot.yaml:1:1: expected a map, found a list'],
    ['dry_run: !truth yes', 'bot.yaml:1:10: Unresolved tag: !truth'],
    ['__proto__: {a: 1}', expect.stringContaining('bot.yaml:1:1: unknown key __proto__')],
  ]

  it.each(WRONG)('in %j is told with its place, its key and what would be right', (text, ...expected) => {
    expect(complaints(text)).toEqual(expected)
  })

  it('is told all at once, in the order of the file', () => {
    const text = 'slack: {rotues: []}\nfail_fast:\n  jobs: a\n  pipelines: [tags]\nretry: {never_jobs: ["{"]}\n'
    expect(complaints(text).map((line) => line.split(' ')[0])).toEqual([
      'bot.yaml:1:9:',
      'bot.yaml:3:9:',
      'bot.yaml:4:15:',
      'bot.yaml:5:22:',
    ])
  })

  it('is placed where an anchor was defined when it comes through an alias or a merge key', () => {
    const text =
      'retry: &r\n  max_per_job: x\noverrides:\n  - projects: [a]\n    retry: *r\n  - projects: [b]\n    retry: {<<: *r}'
    expect(complaints(text)).toEqual([
      'bot.yaml:2:16: retry.max_per_job: expected a number, found the text "x"',
      'bot.yaml:2:16: overrides[0].retry.max_per_job: expected a number, found the text "x"',
      'bot.yaml:2:16: overrides[1].retry.max_per_job: expected a number, found the text "x"',
    ])
  })

  it('includes files that blow up when their aliases are followed, and files that are huge', () => {
    const levels = 'bcdefghi'.split('')
    const bomb = levels.map((name, index) => {
      const inner = Array.from({ length: 10 }, () => `*${'abcdefgh'[index]}`)
      return `${name}: &${name} [${inner.join(', ')}]`
    })
    expect(complaints(['a: &a [x, x]', ...bomb].join('\n'))).toEqual(['bot.yaml: too many aliases of anchors'])
    expect(complaints('#'.repeat(1_000_001))).toEqual(['bot.yaml: larger than 1 MB'])
  })

  it('never ends in anything but a ConfigError, whatever the file holds', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: anyCharacter }), fc.json({ maxDepth: 4 })), (text) => {
        expect(() => complaints(text)).not.toThrow()
      }),
      { numRuns: 200 },
    )
  })

  it('is also found in known sections that hold anything', () => {
    const sections = fc.dictionary(
      fc.constantFrom(
        'projects',
        'conditions',
        'patterns',
        'fail_fast',
        'label_actions',
        'approvals',
        'slack',
        'overrides',
      ),
      fc.jsonValue({ maxDepth: 3 }),
    )
    fc.assert(
      fc.property(sections, (value) => {
        expect(() => complaints(JSON.stringify(value))).not.toThrow()
      }),
      { numRuns: 200 },
    )
  })
})

describe('the nearest word', () => {
  it.each([
    ['job', 'jobs'],
    ['jobs', 'jobs'],
    ['JOBS', 'jobs'],
    ['skip_lables', 'skip_labels'],
    ['skiplabels', 'skip_labels'],
    ['nothing_like_it', null],
  ])('to %s is %s', (word, expected) => {
    expect(nearest(word, ['enabled', 'jobs', 'skip_labels', 'settle'])).toBe(expected)
  })
})

describe('files', () => {
  const folder = () => mkdtemp(join(tmpdir(), 'pipewarden-config-'))

  it('may be missing where nobody named them', async () => {
    const config = await loadConfig(join(await folder(), 'none.yaml'))
    expect(config.file).toBeNull()
    expect(config.base).toEqual(defaultConfig().base)
  })

  it('must be there when somebody named them, and readable', async () => {
    const path = await folder()
    await expect(loadConfig(join(path, 'none.yaml'), { required: true })).rejects.toThrow(/none\.yaml: no such file/)
    await expect(loadConfig(path)).rejects.toThrow(`${path}: cannot be read: EISDIR`)
  })

  it('are judged for people: the summary of a good one, every problem of a bad one', async () => {
    const path = join(await folder(), 'bot.yaml')
    await writeFile(path, 'dry_run: true\nfail_fast: {enabled: false}\noverrides: [{projects: [a]}]\n')
    expect(await checkConfig(path)).toEqual({
      ok: true,
      text: [
        `ok: ${path}`,
        '  projects: **',
        '  reactions: flaky-tests, undercoverage, label-actions, approvals, commands, slack',
        '  overrides: 1',
        '  dry run: nothing is changed anywhere',
      ].join('\n'),
    })
    await writeFile(path, 'dry_rum: true\ndebounce: 1\n')
    expect(await checkConfig(path)).toEqual({
      ok: false,
      text: [
        `${path}:1:1: unknown key dry_rum; did you mean dry_run?`,
        `${path}:2:11: debounce: expected a duration such as 0s, 3s, 10m, 24h or 14d, found 1`,
        '2 problems',
      ].join('\n'),
    })
  })
})
