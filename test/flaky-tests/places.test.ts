import { describe, expect, it } from 'vitest'
import { GitLabError } from '../../src/gitlab/errors.ts'
import type { GitLabReader } from '../../src/gitlab/faces.ts'
import type { MergeRequest } from '../../src/gitlab/types.ts'
import type { Readers } from '../../src/readers.ts'
import type { KnownTest } from '../../src/store/tests/read.ts'
import { newRecord } from '../../src/store/tests/record.ts'
import type { Origin } from '../../src/store/tests/types.ts'
import { ownersOf, parseCodeowners } from '../../workers/flaky-tests/codeowners.ts'
import { readExplained } from '../../workers/flaky-tests/gather/explained.ts'
import { readIssues } from '../../workers/flaky-tests/gather/issues.ts'
import { readMergeRequest } from '../../workers/flaky-tests/gather/merge-request.ts'
import { placeOf } from '../../workers/flaky-tests/gather/places.ts'
import { flakyTestsOptions } from '../../workers/flaky-tests/options.ts'
import { repositoryPath } from '../../workers/flaky-tests/repository-path.ts'
import { configOf, pipelineBasic } from '../support/builders.ts'
import { flakyTest, judged } from './facts.ts'

const refusal = (status: number) =>
  new GitLabError({
    method: 'GET',
    path: 'projects/41/x',
    status,
    reason: `${status}`,
    kind: status === 404 ? 'not_found' : 'permanent',
  })

const options = flakyTestsOptions(configOf('flaky_tests: {issues: {enabled: true, project: meadow/tests}}'))

const readersOf = (gitlab: Partial<GitLabReader>) => ({ gitlab }) as unknown as Readers

describe('the path of a test', () => {
  it.each([
    ['./spec/basket_spec.rb', 'spec/basket_spec.rb'],
    ['spec/basket_spec.rb', 'spec/basket_spec.rb'],
    ['/builds/meadow/orchard/spec/basket_spec.rb', 'spec/basket_spec.rb'],
    ['/home/runner/builds/a1b2c3d4/0/meadow/orchard/spec/basket_spec.rb', 'spec/basket_spec.rb'],
    ['/app/spec/basket_spec.rb', '/app/spec/basket_spec.rb'],
  ])('%s is %s in the repository', (reported, path) => {
    expect(repositoryPath(reported, 'meadow/orchard')).toBe(path)
  })
})

describe('a class that is named', () => {
  it.each([
    ['com.example.BasketTest', 'src/test/java/com/example/BasketTest.java', true],
    ['com.example.BasketTest', 'src/main/java/com/example/Basket.java', false],
    ['com.example.BasketTest$WhenEmpty', 'src/test/java/com/example/BasketTest.java', true],
    ['tests.test_basket', 'backend/tests/test_basket.py', true],
    ['tests.test_basket.TestBasket', 'tests/test_basket.py', true],
    ['tests.test_basket.TestBasket', 'tests/test_scale.py', false],
    ['example.com/meadow/orchard/basket', 'basket/weight_test.go', true],
    ['example.com/meadow/orchard/basket', 'scale/scale_test.go', false],
    ['Orchard.Fruit.Tests.BasketTests', 'tests/Orchard.Fruit.Tests/BasketTests.cs', true],
    ['App\\Tests\\BasketTest', 'tests/BasketTest.php', true],
    ['src/basket.test.ts', 'web/src/basket.test.ts', true],
    ['src/basket.test.ts', 'src/basket.ts', false],
  ])('%s may be in %s: %s', (classname, path, holds) => {
    expect(placeOf(classname)?.(path)).toBe(holds)
  })

  it.each(['Basket', 'Basket when it is empty', '', 'a basket/of fruit.ts'])('%j tells no place', (classname) => {
    expect(placeOf(classname)).toBeNull()
  })
})

describe('the end of a failure on the default branch', () => {
  const failed = (file: string | null, classname: string): KnownTest => ({
    id: 'a',
    test: { job: 'unit', suite: 's', classname, name: 'n', variant: '', file },
    record: { ...newRecord(0), failingCommit: 'one' },
    state: 'healthy',
  })
  const files: Record<string, string> = {
    'spec/a_spec.rb at one': '1',
    'spec/a_spec.rb at two': '2',
    'spec/b_spec.rb at one': '1',
    'spec/b_spec.rb at two': '1',
  }
  const look = async (test: KnownTest, changed: string[] | null, origin: Origin = 'default') => {
    const gitlab: Partial<GitLabReader> = {
      rawFile: async (_, path, sha) => {
        const text = files[`${path} at ${sha}`]
        if (text === undefined) throw refusal(404)
        return text
      },
      changedPaths: async (_, from, to) => {
        if (from !== 'one' || to !== 'two') throw refusal(404)
        return changed
      },
    }
    const read = { gitlab, history: { watchedTests: async () => [test] } } as unknown as Readers
    const place = { project: 41, sha: 'two', origin, now: 0 }
    return (await readExplained(read, { passed: ['a'] }, place, options)).a
  }

  it.each([
    ['by a change of its file', failed('spec/a_spec.rb', 'Basket'), [], true],
    ['not without one', failed('spec/b_spec.rb', 'Basket'), [], false],
    ['by a change where its class may be', failed(null, 'tests.test_basket'), ['tests/test_basket.py'], true],
    ['not by changes elsewhere', failed(null, 'tests.test_basket'), ['README.md'], false],
    ['by its class when its file is not there', failed('/app/test_basket.py', 'tests.test_basket'), ['a.py'], false],
    ['by nothing that is known without file and class', failed(null, 'Basket'), ['a.rb'], null],
    ['by nothing that is known when too much changed', failed(null, 'tests.test_basket'), null, null],
  ])('is explained %s', async (_, test, changed, explained) => {
    expect(await look(test, changed)).toBe(explained)
  })

  it('is not looked at when a merge request passes', async () => {
    expect(await look(failed('spec/a_spec.rb', 'Basket'), [], 7)).toBeUndefined()
  })
})

describe('a merge request by the number that a pipeline tells', () => {
  const head = 'b1946ac92492d2347c6235b4d2611184b1946ac9'
  const found = async (pipeline: { id?: number; sha?: string; ref?: string }) => {
    const own = { iid: 6, sha: head, headPipeline: pipelineBasic({ id: 900 }), userNotesCount: 0 } as MergeRequest
    const read = readersOf({ mergeRequest: async () => own })
    return readMergeRequest(read, 41, 6, { id: 901, sha: head, ref: 'refs/merge-requests/6/head', ...pipeline })
  }

  it.each([
    ['of the pipeline when its commit is the head', {}, 6],
    ['of the pipeline when it has a newer one', { id: 899, sha: 'old' }, 6],
    ['of the pipeline when that is of a merged result', { sha: 'merged', ref: 'refs/merge-requests/6/merge' }, 6],
    ['another one when the pipeline is of a fork', { sha: 'other' }, undefined],
  ])('is that %s', async (_, pipeline, iid) => {
    expect((await found(pipeline))?.iid).toBe(iid)
  })
})

describe('owners', () => {
  const rules = parseCodeowners(
    [
      '* @all',
      '/spec/ @specs @imke',
      '# /spec/ @nobody',
      '[Quality][2] @quality',
      'spec/**/*_spec.rb',
      'docs\\ old/ @writers',
      '^[Optional]',
      '/spec/basket_spec.rb @baskets',
      '!/spec/basket/',
      '[quality]',
      '/spec/scale_spec.rb @scales',
    ].join('\n'),
  )

  it.each([
    ['README.md', ['@all']],
    ['spec/a_spec.rb', ['@specs', '@imke', '@quality']],
    ['spec/basket_spec.rb', ['@specs', '@imke', '@quality', '@baskets']],
    ['spec/scale_spec.rb', ['@specs', '@imke', '@scales']],
    ['spec/basket/a_spec.rb', ['@specs', '@imke', '@quality']],
    ['docs old/a.md', ['@all', '@writers']],
  ])('of %s are those of the last rule of each section: %j', (file, owners) => {
    expect(ownersOf(rules, file)).toEqual(owners)
  })
})

describe('issues', () => {
  it('that may not be kept are told, and hold up nothing', async () => {
    const read = readersOf({ project: () => Promise.reject(refusal(404)) })
    const found = await readIssues(read, 41, judged({ flaky: [flakyTest()] }), 'abc', options)
    expect(found).toMatchObject({ refused: expect.stringContaining('404') })
  })

  it('are not looked for when no test is proven to be flaky', async () => {
    const flaky = [flakyTest({ confidence: 'low' }), flakyTest({ mass: true })]
    expect(await readIssues(readersOf({}), 41, judged({ flaky }), 'abc', options)).toBeNull()
  })
})
