import type { CiStatus } from '../../src/event.ts'
import { latestAttempts } from '../../src/gitlab/attempts.ts'
import type { GitLabReader } from '../../src/gitlab/faces.ts'
import type { Bridge, Job, PipelineBasic } from '../../src/gitlab/types.ts'
import type { Matcher } from '../../src/match.ts'
import { isAlive, isCompleted } from '../../src/status.ts'
import type { PipelineFacts } from './facts.ts'

/** A pipeline with its child pipelines, as far as they had to be read. */
export type PipelineTree = { root: PipelineBasic; jobs: Job[]; bridges: Bridge[] }

/** GitLab allows two levels of child pipelines below one that is itself a child (reached_max_descendant_pipelines_depth). */
const deepest = 3

/** After this many milliseconds without any change, what has not started waits for a person. */
const quietAfter = 60_000

/** Moves by itself; what was only created waits for what moves. */
const moves = (status: CiStatus): boolean => (isAlive(status) && status !== 'created') || status === 'scheduled'

/**
 * Trigger jobs and child pipelines are read only when the jobs of the pipeline itself do not say already that
 * something has to be waited for.
 */
export async function readPipeline(
  project: number,
  id: number,
  gitlab: GitLabReader,
  isCoverage: Matcher,
): Promise<PipelineTree> {
  const jobs = latestAttempts(await gitlab.pipelineJobs(project, id))
  const root = jobs[0]?.pipeline ?? (await gitlab.pipeline(project, id))
  const left = jobs.filter(({ name, status }) => isCoverage(name) && !isCompleted(status))
  if (left.length > 0 && jobs.some(({ status }) => moves(status))) return { root, jobs, bridges: [] }
  const below = await readBelow(project, id, gitlab, deepest)
  return { root, jobs: [...jobs, ...below.jobs], bridges: below.bridges }
}

type Below = Omit<PipelineTree, 'root'>

async function readBelow(project: number, id: number, gitlab: GitLabReader, depth: number): Promise<Below> {
  const bridges = await gitlab.pipelineBridges(project, id)
  const children = bridges.flatMap(({ downstream }) => (downstream?.project === project ? downstream.id : []))
  const found: Below = { jobs: [], bridges }
  for (const child of children) {
    found.jobs.push(...latestAttempts(await gitlab.pipelineJobs(project, child)))
    if (depth <= 1) continue
    const below = await readBelow(project, child, gitlab, depth - 1)
    found.jobs.push(...below.jobs)
    found.bridges.push(...below.bridges)
  }
  return found
}

/** @param now in milliseconds since the epoch */
export function factsOfPipeline(
  { root, jobs, bridges }: PipelineTree,
  isCoverage: Matcher,
  now: number,
): PipelineFacts {
  const coverage = jobs.filter(({ name }) => isCoverage(name))
  const open = bridges.filter(
    ({ status, downstream }) => downstream === null && !isCompleted(status) && status !== 'manual',
  )
  const isStill = ![...jobs, ...bridges].some(({ status }) => moves(status))
  const quietAt = lastChange(jobs) + quietAfter
  return {
    id: root.id,
    sha: root.sha,
    ref: root.ref,
    status: root.status,
    url: root.url,
    jobs: coverage.map(({ id, name, status, url, finishedAt }) => ({
      id,
      name,
      status,
      url,
      finishedAt: finishedAt === null ? null : Date.parse(finishedAt),
    })),
    openBridges: open.map(({ name }) => name),
    isQuiet: isStill && now > quietAt,
    quietAt: isStill && now <= quietAt ? quietAt : null,
  }
}

const lastChange = (jobs: readonly Job[]): number =>
  Math.max(0, ...jobs.flatMap(({ createdAt, finishedAt }) => [timeOf(createdAt), timeOf(finishedAt)]))

const timeOf = (text: string | null): number => (text === null ? 0 : Date.parse(text))
