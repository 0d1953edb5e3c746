import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Command } from 'commander'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { EnvError, type Variables } from '../config/env.ts'
import { readDelivery } from '../src/desk/delivery-file.ts'
import { registerReplay, replay } from '../src/desk/replay.ts'
import { type FakeGitLab, startFakeGitLab } from './support/fake-gitlab/index.ts'
import type { Pipeline } from './support/fake-gitlab/types.ts'
import { sign } from './support/post.ts'

let folder: string
let gitlab: FakeGitLab
let token: string
let pipeline: Pipeline
let body: string
let settings: Variables

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pipewarden-replay-'))
  gitlab = await startFakeGitLab()
  const author = gitlab.addUser({ username: 'imke' })
  const project = gitlab.addProject({ path: 'meadow/orchard' })
  token = gitlab.addBot(project).token
  const mergeRequest = gitlab.addMergeRequest(project, { sourceBranch: 'ripe-apples', author })
  const jobs = ['rspec fail-fast', 'rspec 1/2', 'rspec 2/2'].map((name) => ({ name, status: 'running' as const }))
  pipeline = gitlab.addPipeline(project, { mergeRequest, jobs })
  const job = gitlab.job(pipeline, 'rspec fail-fast')
  gitlab.finishJob(job, 'failed', { failureReason: 'script_failure' })
  body = JSON.stringify({
    object_kind: 'build',
    build_id: job.id,
    build_name: job.name,
    build_status: 'failed',
    pipeline_id: pipeline.id,
    ref: `refs/merge-requests/${mergeRequest.iid}/head`,
    project: { id: project.id, path_with_namespace: project.path },
  })
  const config = await file('pipewarden.yaml', 'undercoverage: {enabled: false}\nprojects: ["meadow/*"]')
  settings = { PIPEWARDEN_CONFIG: config, GITLAB_URL: gitlab.url, GITLAB_TOKEN: token }
})

afterAll(async () => {
  await gitlab.close()
  await rm(folder, { recursive: true })
})

async function file(name: string, text: string): Promise<string> {
  const path = join(folder, name)
  await writeFile(path, text)
  return path
}

const replayed = async (text: string, headers: string[] = [], variables: Variables = {}) =>
  replay(await readDelivery(await file('delivery.json', text), headers), { ...settings, ...variables })

describe('replay', () => {
  it('shows what would be decided and done, and changes nothing', async () => {
    const { ok, text } = await replayed(body)
    expect(ok).toBe(true)
    expect(text).toContain('fail-fast: rspec fail-fast failed for good and 2 jobs are left to stop')
    expect(text).toContain('would: {"type":"cancel_pipeline"')
    expect(gitlab.requests.filter(({ method }) => method !== 'GET')).toEqual([])
    expect(pipeline.status).toBe('running')
  })

  it('shows without a token what would be woken', async () => {
    const { ok, text } = await replayed(body, [], { GITLAB_TOKEN: '' })
    expect(ok).toBe(true)
    expect(text).toContain('fail-fast: would be woken; set GITLAB_URL and GITLAB_TOKEN')
  })

  it('cannot tell what GitLab does not tell, and fails', async () => {
    const { ok, text } = await replayed(body, [], { GITLAB_TOKEN: 'another' })
    expect(ok).toBe(false)
    expect(text).toMatch(/fail-fast: cannot tell: GET .* 401/)
  })

  it.each([
    ['https//gitlab', 'GITLAB_URL is not an http or https URL'],
    ['https://gitlab.example.com?a=b', 'GITLAB_URL has a ? or # in it'],
  ])('refuses to ask %s', async (url, problem) => {
    const asked = replayed(body, [], { GITLAB_URL: url })
    await expect(asked).rejects.toThrow(EnvError)
    await expect(asked).rejects.toThrow(problem)
  })

  it('says why a delivery is ignored', async () => {
    expect((await replayed('{"object_kind":"release"}')).text).toBe('ignored: nothing reacts to "release" events')
    const elsewhere = JSON.stringify({ ...JSON.parse(body), project: { id: 1, path_with_namespace: 'wood/oak' } })
    expect((await replayed(elsewhere)).text).toContain('ignored: the project wood/oak is not served')
  })

  it.each([
    ['its text', () => body],
    ['an object', () => JSON.parse(body)],
  ])('takes a file with headers and the body as %s', async (_, inner) => {
    const wrapped = JSON.stringify({ headers: { 'X-Gitlab-Token': 'hush' }, body: inner() })
    const { text } = await replayed(wrapped, [], { GITLAB_WEBHOOK_SECRET: 'hush' })
    expect(text).toContain('credentials: accepted\nevent: ')
    expect(text).toContain('2 jobs are left to stop')
  })

  it('judges a signature as of the time at which it was made', async () => {
    const key = `whsec_${Buffer.alloc(32, 'key').toString('base64')}`
    const lastYear = Date.now() - 365 * 86_400_000
    const at = String(Math.floor(lastYear / 1000))
    const headers = [
      'webhook-id: a',
      `webhook-timestamp: ${at}`,
      `webhook-signature: ${sign(key, 'a', lastYear, body)}`,
    ]
    const accepts = { GITLAB_WEBHOOK_SIGNING_TOKEN: key }
    expect((await replayed(body, headers, accepts)).text).toContain('credentials: accepted')
    expect((await replayed(`${body} `, headers, accepts)).text).toContain('credentials: refused')
    expect((await replayed(body, headers)).text).toContain('credentials: not checked, for GITLAB_WEBHOOK_SECRET or')
  })

  it.each([
    ['{"object_kind"', [], /delivery\.json is not JSON/],
    ['[]', [], /holds no JSON object/],
    ['{"body":"[]"}', [], /the body in .* is no JSON object/],
    ['{}', ['nonsense'], /a header is written as 'Name: value', not "nonsense"/],
  ])('says what is wrong with %s and the headers %j', async (text, headers, problem) => {
    await expect(replayed(text, headers)).rejects.toThrow(problem)
  })

  it('says that there is no such file', async () => {
    await expect(readDelivery(join(folder, 'missing.json'), [])).rejects.toThrow(/missing\.json cannot be read: ENOENT/)
  })

  it('takes headers before and after the file', () => {
    const program = new Command()
    registerReplay(program)
    const [command] = program.commands
    expect(command?.parseOptions(['-H', 'A: 1', '--header', 'B: 2', 'delivery.json']).operands).toEqual([
      'delivery.json',
    ])
    expect(command?.opts()).toEqual({ header: ['A: 1', 'B: 2'] })
  })
})
