import { expect } from 'vitest'
import type { Running } from '../../src/index.ts'
import { eventually, startBot, startTestRedis, webhookSecret } from '../support/bot.ts'
import { startFakeGitLab } from '../support/fake-gitlab/index.ts'
import type { JobSpec } from '../support/fake-gitlab/specs.ts'
import type { Job, MergeRequest, Pipeline, Project } from '../support/fake-gitlab/types.ts'

export const statusName = 'pipewarden/undercoverage'

export const base = 'def ripe(apple)\n  apple.red?\nend\n'
/** Lines 5 to 7 are new. */
export const changed = `${base}\ndef sweet(apple)\n  apple.sugar > 10\nend\n`

/** An lcov report of one file: hits by line. */
export const lcov = (path: string, hits: Record<number, number>): string =>
  `SF:${path}\n${Object.entries(hits)
    .map(([line, count]) => `DA:${line},${count}`)
    .join('\n')}\nend_of_record\n`

export const covered = lcov('lib/apple.rb', { 1: 1, 2: 4, 5: 1, 6: 3 })
export const uncovered = lcov('lib/apple.rb', { 1: 1, 2: 4, 5: 1, 6: 0 })

export const artifacts = (report: string): Record<string, string> => ({ 'coverage/lcov.info': report })

/** A bot, a GitLab and a Redis for one test, with a merge request that adds a method. */
export async function createStage() {
  const redis = await startTestRedis()
  const gitlab = await startFakeGitLab()
  const author = gitlab.addUser({ username: 'imke' })
  const project = gitlab.addProject({ path: 'meadow/orchard', files: { 'lib/apple.rb': base } })
  gitlab.addMember(project, author, 'developer')
  const { token, user: bot } = gitlab.addBot(project)
  const running: Running[] = []
  const hooks = new Set<Project>()

  async function run(config = ''): Promise<Running> {
    const started = await startBot({ gitlab, token, redis, config: `fail_fast: {settle: 0s}\n${config}` })
    running.push(started)
    for (const hook of project.hooks) hook.url = `${started.url}/webhooks/gitlab`
    if (!hooks.has(project)) gitlab.addHook(project, { url: `${started.url}/webhooks/gitlab`, token: webhookSecret })
    hooks.add(project)
    await eventually(
      () => fetch(`${started.url}/readyz`),
      (response) => response.ok,
    )
    return started
  }

  const statuses = (pipeline: Pipeline): Job[] =>
    pipeline.jobs.filter((job) => job.external !== null && job.name === statusName)
  const status = (pipeline: Pipeline): Job | undefined => statuses(pipeline).findLast(({ retried }) => !retried)

  return {
    gitlab,
    redis,
    project,
    author,
    bot,
    run,
    statuses,
    status,
    /** Ends the process that was started last. */
    stopBot: async () => void (await running.pop()?.close()),
    openMergeRequest: (labels: string[] = [], changes: Record<string, string> = { 'lib/apple.rb': changed }) =>
      gitlab.addMergeRequest(project, { sourceBranch: 'sweet-apples', author, labels, changes }),
    startPipeline: (mergeRequest: MergeRequest, jobs: JobSpec[] = [{ name: 'coverage', status: 'running' }]) =>
      gitlab.addPipeline(project, { mergeRequest, jobs, user: author }),
    /** Waits until the status of a pipeline is so. */
    until: (pipeline: Pipeline, state: string) =>
      eventually(
        () => status(pipeline)?.status,
        (seen) => seen === state,
      ),
    description: (pipeline: Pipeline) => status(pipeline)?.external?.description ?? '',
    target: (pipeline: Pipeline) => status(pipeline)?.external?.targetUrl ?? '',
    noteOf: ({ notes }: MergeRequest) => notes.findLast((note) => note.author === bot)?.body ?? '',
    async decisions(pipeline: Pipeline) {
      const url = running.at(-1)?.url
      const response = await fetch(`${url}/api/v1/decisions?project=${project.id}&pipeline=${pipeline.id}`)
      const found = (await response.json()) as { reaction: string; because: string; outcome: string }[]
      return found.filter(({ reaction }) => reaction === 'undercoverage')
    },
    /** Ends everything; nothing may have gone wrong on GitLab's side. */
    async close() {
      for (const each of running) await each.close()
      const { problems, quickActions } = gitlab
      await gitlab.close()
      await redis.stop()
      expect(problems).toEqual([])
      expect(quickActions).toEqual([])
    },
  }
}

export type Stage = Awaited<ReturnType<typeof createStage>>
