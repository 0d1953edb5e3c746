import type { JobEvent } from '../../src/event.ts'
import { latestAttempts } from '../../src/gitlab/attempts.ts'
import { isRefusal } from '../../src/gitlab/errors.ts'
import type { GitLabReader } from '../../src/gitlab/faces.ts'
import type { Job, PipelineBasic } from '../../src/gitlab/types.ts'
import { nameMatcher } from '../../src/match.ts'
import { isAlive, isCancelable } from '../../src/status.ts'
import type { FailFastFacts } from './facts.ts'
import type { FailFastOptions } from './options.ts'

type Reader = Pick<GitLabReader, 'pipelineBridges' | 'pipelineJobs' | 'runningDeployments'>
type Downstream = NonNullable<FailFastFacts['downstream']>
type Spared = NonNullable<FailFastFacts['spared']>

const namesKept = 10

export const isCancelableJob = ({ status }: Job): boolean => isCancelable(status)

/** Which of these jobs a cancel would stop, and which of them must not be. */
export function whatACancelStops(
  jobs: readonly Job[],
  { failFast }: Pick<FailFastOptions, 'failFast'>,
): Pick<FailFastFacts, 'left' | 'neverInterrupt'> {
  const left = jobs.filter(isCancelableJob)
  const mustNotStop = nameMatcher(failFast.neverInterruptJobs)
  return {
    left: { count: left.length, names: left.slice(0, namesKept).map(({ name }) => name) },
    neverInterrupt: jobs.filter((job) => holdsPipeline(job) && mustNotStop(job.name)).map(({ name }) => name),
  }
}

/** A job that must not be interrupted also counts while it waits: GitLab's own check missed that and killed deployments. */
const holdsPipeline = ({ status }: Job) => status === 'running' || status === 'pending' || status === 'success'

/**
 * What hangs on a pipeline: GitLab cancels its child pipelines with it, so their jobs count as its own; those in other
 * projects keep running, and have to be cancelled one by one unless they must not be stopped.
 */
export async function readFamily(
  { project, pipeline }: Pick<JobEvent, 'project' | 'pipeline'>,
  read: Reader,
  options: FailFastOptions,
): Promise<{ jobs: Job[]; downstream: Downstream; spared: Spared }> {
  const { jobs, others } = await readChildren(project.id, pipeline, read)
  const judged = await Promise.all(
    others.map(async (other) => ({ ...shown(other), because: await reasonToSpare(other, read, options) })),
  )
  return {
    jobs,
    downstream: judged.flatMap(({ because, ...other }) => (because === null ? [other] : [])),
    spared: judged.flatMap(({ because, ...other }) => (because === null ? [] : [{ ...other, because }])),
  }
}

const shown = ({ project, id, url }: PipelineBasic): Downstream[number] => ({ project, pipeline: id, url })

/** Of all generations: children may have children. */
async function readChildren(
  project: number,
  pipeline: number,
  read: Reader,
): Promise<{ jobs: Job[]; others: PipelineBasic[] }> {
  const bridges = await read.pipelineBridges(project, pipeline)
  const alive = bridges.flatMap(({ downstream }) => (downstream && isAlive(downstream.status) ? [downstream] : []))
  const children = await Promise.all(
    alive
      .filter((each) => each.project === project)
      .map(async ({ id }) => {
        const [jobs, below] = await Promise.all([read.pipelineJobs(project, id), readChildren(project, id, read)])
        return { jobs: [...latestAttempts(jobs), ...below.jobs], others: below.others }
      }),
  )
  return {
    jobs: children.flatMap(({ jobs }) => jobs),
    others: [...alive.filter((each) => each.project !== project), ...children.flatMap(({ others }) => others)],
  }
}

/** Where the bot may not even look, it may not cancel either, which GitLab then says. */
async function reasonToSpare({ project, id }: PipelineBasic, read: Reader, options: FailFastOptions) {
  try {
    const jobs = latestAttempts(await read.pipelineJobs(project, id))
    const [held] = whatACancelStops(jobs, options).neverInterrupt
    if (held) return `${held} must not be interrupted`
    const [deploying] = await readDeploying(project, read, jobs)
    return deploying ? `${deploying.job} is deploying to ${deploying.environment}` : null
  } catch (error) {
    if (isRefusal(error)) return null
    throw error
  }
}

/** REST jobs do not tell their environment; a job that stops one makes no deployment, so it is not in this list. */
export async function readDeploying(
  project: number,
  read: Pick<Reader, 'runningDeployments'>,
  jobs: readonly Job[],
): Promise<NonNullable<FailFastFacts['deploying']>> {
  const running = new Map(jobs.filter(({ status }) => status === 'running').map((job) => [job.id, job.name]))
  if (running.size === 0) return []
  const deployments = await read.runningDeployments(project)
  return deployments.flatMap(({ job, environment }) => {
    const name = job === null ? undefined : running.get(job)
    return name ? [{ job: name, environment }] : []
  })
}
