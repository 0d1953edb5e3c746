import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Parse, ShapeError } from '../../src/gitlab/fields.ts'
import { parseBridge, parseCommitStatus, parseDeployment, parseJob, parsePipeline } from '../../src/gitlab/parse-ci.ts'
import { parseMergeRequest, parseNote } from '../../src/gitlab/parse-merge-request.ts'
import { parseBranch, parseProject } from '../../src/gitlab/parse-project.ts'
import { parseTestReport } from '../../src/gitlab/parse-tests.ts'
import { parseUser } from '../../src/gitlab/parse-user.ts'
import { jobJson, pipelineJson, userJson } from './serve.ts'

const nulls = (fields: readonly string[]) => Object.fromEntries(fields.map((field) => [field, null]))

describe('a pipeline', () => {
  const parse = parsePipeline(7)

  it('is read with everything GitLab says', () => {
    const parsed = parse({
      ...pipelineJson,
      source: 'merge_request_event',
      web_url: 'https://gitlab.example/p/42',
      created_at: '2026-05-01T12:00:00.123+02:00',
      started_at: '2026-05-01 10:00:05 UTC',
      finished_at: null,
      duration: 12.5,
      user: userJson,
      tag: true,
      yaml_errors: 'jobs config should contain at least one visible job',
      something_new: { deep: [1] },
    })
    expect(parsed).toEqual({
      id: 42,
      iid: 4,
      project: 7,
      sha: 'a'.repeat(40),
      ref: 'main',
      status: 'running',
      source: 'merge_request_event',
      url: 'https://gitlab.example/p/42',
      createdAt: '2026-05-01T10:00:00.123Z',
      startedAt: '2026-05-01T10:00:05.000Z',
      finishedAt: null,
      duration: 12.5,
      user: { id: 3, username: 'project_7_bot_ab12', name: 'pipewarden', bot: true },
      tag: true,
      yamlErrors: 'jobs config should contain at least one visible job',
    })
  })

  it('is read from the few fields of an old version, and from nulls', () => {
    const old = parse({ id: 42, sha: 'abc', status: 'success' })
    expect(old).toMatchObject({ project: 7, iid: null, ref: '', source: 'unknown', user: null, createdAt: null })
    expect(
      parse({ ...pipelineJson, ...nulls(['iid', 'user', 'duration', 'source', 'created_at', 'web_url']) }),
    ).toEqual({
      ...old,
      sha: pipelineJson.sha,
      ref: 'main',
      status: 'running',
    })
  })
})

describe('a job', () => {
  const parse = parseJob(7)

  it.each([
    ['failed', 'script_failure', 'script_failure'],
    ['failed', null, null],
    ['success', 'unknown_failure', null],
  ])('that is %s with the reason %s has the reason %s', (status, reason, expected) => {
    expect(parse({ ...jobJson, status, failure_reason: reason }).failureReason).toBe(expected)
  })

  it('keeps a status that this version does not know', () => {
    expect(parse({ ...jobJson, status: 'dreaming' }).status).toBe('dreaming')
  })

  it('lists its artifacts', () => {
    const artifacts = [{ file_type: 'archive', filename: 'artifacts.zip', size: 12, file_format: 'zip' }, {}]
    expect(parse({ ...jobJson, artifacts }).artifacts).toEqual([
      { fileType: 'archive', filename: 'artifacts.zip', size: 12 },
      { fileType: '', filename: '', size: 0 },
    ])
  })

  it.each([
    [{ ...jobJson, id: '9' }, 'id is not a number'],
    [{ ...jobJson, name: undefined }, 'name is not a text'],
    [{ ...jobJson, pipeline: null }, 'pipeline is not an object'],
    [{ ...jobJson, pipeline: { ...pipelineJson, sha: 4 } }, 'pipeline.sha is not a text'],
    [{ ...jobJson, artifacts: [{}, 3] }, 'artifacts[1] is not an object'],
    [{ ...jobJson, artifacts: {} }, 'artifacts is not a list'],
    ['no job', 'the body is not an object'],
  ])('of a wrong shape is refused by the name of the field: %#', (value, message) => {
    expect(() => parse(value)).toThrow(new ShapeError('', '').constructor as ErrorConstructor)
    expect(() => parse(value)).toThrow(message)
  })
})

describe('a merge request', () => {
  const parse = parseMergeRequest(7)
  const json = { iid: 17, project_id: 7, state: 'opened', source_branch: 'fix', target_branch: 'main' }

  it('may have no head, no fork, no diff refs and no pipeline yet', () => {
    const missing = nulls(['sha', 'source_project_id', 'diff_refs', 'head_pipeline', 'author', 'labels'])
    expect(parse({ ...json, ...missing })).toMatchObject({
      sha: null,
      sourceProject: null,
      targetProject: 7,
      diffRefs: null,
      headPipeline: null,
      author: null,
      labels: [],
    })
  })

  it('has its labels as texts, also where GitLab gives details', () => {
    expect(parse({ ...json, labels: ['a', { name: 'b::c', color: '#fff' }] }).labels).toEqual(['a', 'b::c'])
  })

  it('has diff refs only when all three are there', () => {
    const refs = { base_sha: 'b', head_sha: 'h', start_sha: 's' }
    expect(parse({ ...json, diff_refs: refs }).diffRefs).toEqual({ base: 'b', head: 'h', start: 's' })
    expect(parse({ ...json, diff_refs: { ...refs, start_sha: null } }).diffRefs).toBeNull()
  })
})

describe('the rest', () => {
  it.each([
    ['project_7_bot', true],
    ['group_12_bot_0a1b', true],
    ['project_bot', false],
    ['alice', false],
  ])('tells that %s is a bot: %s', (username, bot) => {
    expect(parseUser({ id: 1, username })).toEqual({ id: 1, username, name: username, bot })
  })

  it('reads a note without an author', () => {
    expect(parseNote({ id: 1, body: null, author: null })).toMatchObject({ body: '', author: { id: 0 } })
  })

  it('reads a deployment with and without its job', () => {
    const deployment = { id: 1, status: 'running', environment: { name: 'production' } }
    expect(parseDeployment({ ...deployment, deployable: { id: 9, pipeline: { id: 42 } } })).toEqual({
      id: 1,
      status: 'running',
      environment: 'production',
      job: 9,
      pipeline: 42,
    })
    expect(parseDeployment({ ...deployment, deployable: null })).toMatchObject({ job: null, pipeline: null })
  })

  it('reads a test report with outputs of every kind', () => {
    const test_cases = [
      { status: 'failed', name: 'a', system_output: 'text', recent_failures: { count: 3, base_branch: 'main' } },
      { status: 'failed', name: 'b', system_output: { message: 'm' } },
      { status: 'success', name: 'c', classname: 'C', file: 'c.rb', system_output: null },
      { status: 'mystery', name: 'd' },
    ]
    const { suites } = parseTestReport({ test_suites: [{ name: 'rspec', test_cases }, { suite_error: 'broken' }] })
    expect(suites[0]?.cases.map(({ status, output }) => [status, output])).toEqual([
      ['failed', 'text'],
      ['failed', '{"message":"m"}'],
      ['success', null],
      ['error', null],
    ])
    expect(suites[0]?.cases[0]?.recentFailures).toBe(3)
    expect(suites[1]).toEqual({ name: '', error: 'broken', cases: [] })
    expect(parseTestReport({})).toEqual({ suites: [] })
  })

  it('never fails in another way than by naming a field', () => {
    const all: Parse<unknown>[] = [
      parsePipeline(1),
      parseJob(1),
      parseBridge(1),
      parseMergeRequest(1),
      parseNote,
      parseDeployment,
      parseCommitStatus,
      parseProject,
      parseBranch,
      parseUser,
      parseTestReport,
    ]
    const keys = [
      'id',
      'iid',
      'status',
      'sha',
      'name',
      'state',
      'pipeline',
      'user',
      'labels',
      'created_at',
      'artifacts',
    ]
    const field = fc.oneof(fc.anything(), fc.constantFrom(pipelineJson, userJson, [userJson], '2026-05-01'))
    const body = fc.oneof(fc.anything(), fc.dictionary(fc.constantFrom(...keys), field), fc.constant(jobJson))
    fc.assert(
      fc.property(fc.constantFrom(...all), body, (parse, value) => {
        try {
          parse(value)
        } catch (error) {
          expect(error).toBeInstanceOf(ShapeError)
        }
      }),
      { numRuns: 2000 },
    )
  })
})
