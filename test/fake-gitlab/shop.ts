import { test as base, expect } from 'vitest'
import { type FakeGitLab, startFakeGitLab } from '../support/fake-gitlab/index.ts'
import type { JobSpec } from '../support/fake-gitlab/specs.ts'
import type { MergeRequest, Pipeline, Project, User } from '../support/fake-gitlab/types.ts'

export type CallOptions = { token?: string | null; body?: unknown; headers?: Record<string, string> }

const createCall =
  (fake: FakeGitLab, botToken: string) =>
  (method: string, path: string, options: CallOptions = {}): Promise<Response> => {
    const token = options.token === undefined ? botToken : options.token
    const headers = {
      ...(token === null ? {} : { 'PRIVATE-TOKEN': token }),
      ...(options.body === undefined ? {} : { 'content-type': 'application/json' }),
      ...options.headers,
    }
    const body = options.body === undefined ? null : JSON.stringify(options.body)
    return fetch(`${fake.url}/api/v4${path}`, { method, headers, body, redirect: 'manual' })
  }

type Call = ReturnType<typeof createCall>

const createJson =
  (call: Call) =>
  async (method: string, path: string, options: CallOptions = {}) => {
    const response = await call(method, path, options)
    return { status: response.status, body: JSON.parse(await response.text()), headers: response.headers }
  }

export type Json = ReturnType<typeof createJson>

type Shop = {
  fake: FakeGitLab
  dana: User
  project: Project
  bot: { user: User; token: string }
  /** A request, as the bot unless another token is given. */
  call: Call
  json: Json
  /** A pipeline of the unprotected branch `topic`, or of a merge request. */
  pipelineOf: (jobs: JobSpec[], mergeRequest?: MergeRequest) => Pipeline
}

/** Each test has a GitLab of its own with a project, its maintainer dana, and a bot that is a developer. */
export const test = base.extend<Shop>({
  // biome-ignore lint/correctness/noEmptyPattern: vitest reads the names of fixtures from this pattern
  fake: async ({}, use) => {
    const fake = await startFakeGitLab()
    await use(fake)
    await fake.close()
  },
  dana: ({ fake }, use) => use(fake.addUser({ username: 'dana', name: 'Dana' })),
  project: async ({ fake, dana }, use) => {
    const files = { 'README.md': 'Shop\n', 'src/cart.ts': 'one\ntwo\n' }
    const project = fake.addProject({ path: 'acme/shop', files })
    fake.addMember(project, dana, 'maintainer')
    await use(project)
  },
  bot: ({ fake, project }, use) => use(fake.addBot(project)),
  call: ({ fake, bot }, use) => use(createCall(fake, bot.token)),
  json: ({ call }, use) => use(createJson(call)),
  pipelineOf: ({ fake, project }, use) =>
    use((jobs, mergeRequest) =>
      fake.addPipeline(project, mergeRequest === undefined ? { ref: 'topic', jobs } : { mergeRequest, jobs }),
    ),
})

export const until = async (condition: () => boolean): Promise<void> => {
  for (let tries = 0; !condition() && tries < 200; tries += 1) await new Promise((resolve) => setTimeout(resolve, 5))
  expect(condition()).toBe(true)
}

export const statusesOf = (pipeline: Pipeline): Record<string, string> =>
  Object.fromEntries(pipeline.jobs.filter((job) => !job.retried).map((job) => [job.name, job.status]))

export const at = (pipeline: Pipeline, rest = ''): string =>
  `/projects/${pipeline.project.id}/pipelines/${pipeline.id}${rest}`
