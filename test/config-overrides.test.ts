import { describe, expect, it } from 'vitest'
import { parseConfig } from '../config/load.ts'

const read = (text: string) => parseConfig(text, 'bot.yaml')

describe('overrides', () => {
  const config = read(`
fail_fast: {jobs: [a, b], settle: 1s}
undercoverage: {min_percent: 80}
conditions: {release: {ref: stable, source: push}}
overrides:
  - projects: ["legacy/**", "/^old\\\\//"]
    fail_fast: {jobs: [c]}
    undercoverage: {min_percent: null}
    conditions: {release: {ref: main}}
  - projects: ["legacy/app"]
    dry_run: true
    fail_fast: {enabled: false}
    label_actions: []
  - projects: ["legacy/app"]
    fail_fast: {enabled: true}`)

  it('merge maps and replace lists and single values', () => {
    const { failFast, undercoverage, conditions } = config.configFor('legacy/group/other')
    expect(failFast).toMatchObject({ jobs: ['c'], settle: 1000, enabled: true })
    expect(undercoverage).toMatchObject({ minPercent: null, jobs: ['*coverage*'] })
    expect(conditions.release).toEqual({ ref: ['main'], source: ['push'] })
  })

  it('are applied in their order, so that later ones win', () => {
    const { failFast, dryRun, labelActions } = config.configFor('legacy/app')
    expect(failFast).toMatchObject({ enabled: true, jobs: ['c'] })
    expect({ dryRun, labelActions }).toEqual({ dryRun: true, labelActions: [] })
  })

  it('leave other projects alone', () => {
    expect(config.configFor('group/legacy/app')).toEqual(config.base)
    expect(config.configFor('old/app').failFast.jobs).toEqual(['c'])
  })

  it('change conditions that come with the bot too', () => {
    const { conditions } = read('overrides: [{projects: [a], conditions: {nightly: {ref: main}}}]').configFor('a')
    expect(conditions.nightly).toEqual({ source: ['schedule'], ref: ['main'], variables: { NIGHTLY: '*' } })
  })

  it('are looked up once for each project and shared by projects to which the same ones apply', () => {
    const many = Array.from({ length: 1000 }, (_, index) => `  - {projects: ["g${index}/**"], debounce: ${index}s}`)
    const thousand = read(`overrides:\n${many.join('\n')}`)
    expect(thousand.configFor('g7/a')).toBe(thousand.configFor('g7/a'))
    expect(thousand.configFor('g7/b')).toBe(thousand.configFor('g7/a'))
    expect(thousand.configFor('g8/a').debounce).toBe(8000)
    expect(thousand.configFor('other/a')).toBe(thousand.configFor('another/b'))
  })

  it('still answer rightly after more projects than are remembered', () => {
    for (let index = 0; index < 20_100; index += 1) config.configFor(`p/${index}`)
    expect(config.configFor('legacy/app').dryRun).toBe(true)
  })
})

describe('the projects that are served', () => {
  it('are those that any of the patterns fits', () => {
    const { serves } = read('projects: ["group/*", "{a,b}/**"]')
    expect(['group/app', 'group/sub/app', 'a/b/c', 'c/b'].map(serves)).toEqual([true, false, true, false])
  })
})
