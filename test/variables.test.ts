import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { ConditionDefinitions } from '../config/schema.ts'
import { matchesAny } from '../src/conditions.ts'
import { readTraits } from '../src/read-traits.ts'
import { fittingPatterns, variablesAsked } from '../src/variables.ts'
import { failureOf, gateway } from './gitlab/serve.ts'
import { configOf, jobEvent, pipelineBasic } from './support/builders.ts'
import { type FakeGitLab, startFakeGitLab } from './support/fake-gitlab/index.ts'

const definitions: ConditionDefinitions = {
  nightly: { source: ['schedule'], variables: { NIGHTLY: '*' } },
  yes: { variables: { NIGHTLY: 'y*', DEPTH: '/^[0-9]+$/' } },
  both: { allOf: ['nightly', 'yes'] },
  either: { anyOf: ['branch', 'yes'] },
  other: { not: ['nightly'] },
  deep: { anyOf: ['either'], ref: ['main'] },
  round: { anyOf: ['about', 'nightly'] },
  about: { not: ['round'] },
  plain: { ref: ['main'] },
}

describe('variables that conditions ask about', () => {
  it.each([
    [[], null],
    [['branch', 'plain', 'unheard_of', 'constructor'], null],
    [['nightly'], { NIGHTLY: ['*'] }],
    [['both'], { NIGHTLY: ['y*', '*'], DEPTH: ['/^[0-9]+$/'] }],
    [['either', 'yes'], { NIGHTLY: ['y*'], DEPTH: ['/^[0-9]+$/'] }],
    [['other'], { NIGHTLY: ['*'] }],
    [['plain', 'deep'], { NIGHTLY: ['y*'], DEPTH: ['/^[0-9]+$/'] }],
    [['round'], { NIGHTLY: ['*'] }],
  ])('of %j are %j', (names, asked) => {
    expect(variablesAsked(names, definitions)).toEqual(asked)
  })

  it('are none with the default conditions of fail-fast', () => {
    const { conditions, failFast } = configOf()
    expect(variablesAsked(failFast.pipelines, conditions)).toBeNull()
    expect(variablesAsked(['nightly'], conditions)).toEqual({ NIGHTLY: ['*'] })
  })

  it.each([
    [{}, {}],
    [{ NIGHTLY: '' }, { NIGHTLY: ['*'] }],
    [
      { NIGHTLY: 'yes', DEPTH: '12', TOKEN: 'hidden' },
      { NIGHTLY: ['*', 'y*'], DEPTH: ['/^[0-9]+$/'] },
    ],
    [{ DEPTH: 'deep' }, { DEPTH: [] }],
    [JSON.parse('{"__proto__": "x"}'), {}],
  ])('with the values %j fit %j', (values, fitting) => {
    const asked = { NIGHTLY: ['*', 'y*'], DEPTH: ['/^[0-9]+$/'] }
    expect(fittingPatterns(values, asked)).toEqual(fitting)
  })
})

describe('the variables of a pipeline', () => {
  let fake: FakeGitLab
  const cleanups: (() => Promise<void>)[] = []

  beforeEach(async () => {
    fake = await startFakeGitLab()
    cleanups.push(fake.close)
  })

  afterEach(async () => {
    for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
  })

  const started = (role: 'developer' | 'reporter' = 'developer') => {
    fake.addUser({ username: 'imke' })
    const project = fake.addProject({ path: 'meadow/orchard' })
    const variables = [
      { key: 'NIGHTLY', value: 'yes-secret' },
      { key: 'TOKEN', value: 'other-secret' },
    ]
    const pipeline = fake.addPipeline(project, {
      ref: 'topic',
      source: 'schedule',
      variables,
      jobs: [{ name: 'rspec' }],
    })
    const gitlab = gateway(fake.url, { token: fake.addBot(project, role).token })
    cleanups.push(gitlab.close)
    const event = jobEvent({
      project: { id: project.id, path: project.path, defaultBranch: 'main' },
      pipeline: pipeline.id,
      ref: 'topic',
      mergeRequest: null,
    })
    const basic = pipelineBasic({ id: pipeline.id, project: project.id, ref: 'topic', source: 'schedule' })
    const traitsFor = (names: string[]) =>
      readTraits(event, basic, null, gitlab.reader, variablesAsked(names, definitions))
    return { ...gitlab, project, pipeline, traitsFor }
  }

  const askedFor = (): boolean => fake.requests.some(({ path }) => path.endsWith('/variables'))

  it('are read, but not by those without the right', async () => {
    const { reader, project, pipeline } = started()
    const read = await reader.pipelineVariables(project.id, pipeline.id)
    expect(read).toEqual({ NIGHTLY: 'yes-secret', TOKEN: 'other-secret' })
    expect(await reader.pipelineVariables(project.id, 999_999)).toBeNull()
    const weak = gateway(fake.url, { token: fake.addBot(project, 'reporter').token })
    cleanups.push(weak.close)
    expect(await weak.reader.pipelineVariables(project.id, pipeline.id)).toBeNull()
    fake.failNext({ fault: 500, path: /variables$/, times: 9 })
    expect(await failureOf(reader.pipelineVariables(project.id, pipeline.id))).toMatchObject({ kind: 'retryable' })
  })

  it('decide on conditions, and their values are neither kept nor logged', async () => {
    const { traitsFor, logged } = started()
    const traits = await traitsFor(['both', 'nightly'])
    expect(traits.variables).toEqual({ NIGHTLY: ['*', 'y*'] })
    expect(matchesAny(['both', 'nightly'], { ...traits, protectedRef: false }, definitions).matched).toBe('nightly')
    expect(JSON.stringify(traits) + logged()).not.toContain('secret')
  })

  it('are not asked for when no condition needs them', async () => {
    const { traitsFor } = started()
    expect((await traitsFor(['branch', 'plain'])).variables).toBeNull()
    expect(askedFor()).toBe(false)
    await traitsFor(['deep'])
    expect(askedFor()).toBe(true)
  })

  it('that may not be read are not known', async () => {
    const { traitsFor } = started('reporter')
    const traits = await traitsFor(['nightly'])
    expect(traits.variables).toBeNull()
    expect(matchesAny(['nightly'], traits, definitions).because).toContain('its variables are not known')
  })
})
