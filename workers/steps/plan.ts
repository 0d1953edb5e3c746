import type { Action } from '../../src/action.ts'
import type { MergeRequestEvent } from '../../src/event.ts'
import { nameMatcher } from '../../src/match.ts'
import { plural } from '../../src/note/wording.ts'
import { isAlive, isCancelable } from '../../src/status.ts'
import type { HeadPipeline, Step, StepFacts, StepOptions, Target } from './facts.ts'
import { isInReach, noPipeline, pipelineOfJobs } from './reach.ts'

/** What steps come to. */
export type Plan = {
  actions: Action[]
  /** Fragments for the reason: "a new pipeline is started". */
  says: string[]
  /** What could not be done, for the people who asked for it. */
  problems: string[]
}

export type Occasion = {
  facts: StepFacts
  options: StepOptions
  /** A pipeline that began then or later, in milliseconds since the epoch, makes another one needless; null: none does. */
  since: number | null
  /** What wakes another reaction. */
  event: MergeRequestEvent | null
}

/** More in an hour is a circle rather than a wish. */
export const mostStarts = 20

const noPlan: Plan = { actions: [], says: [], problems: [] }

/** The actions of all steps, in their order. Pure. */
export function planSteps(steps: readonly Step[], occasion: Occasion): Plan {
  const targets = [...occasion.facts.targets]
  const plans = steps.map((step) => planStep(step, occasion, step.type === 'trigger' ? targets.shift() : undefined))
  return {
    actions: plans.flatMap(({ actions }) => actions),
    says: plans.flatMap(({ says }) => says),
    problems: plans.flatMap(({ problems }) => problems),
  }
}

function planStep(step: Step, occasion: Occasion, target: Target | undefined): Plan {
  switch (step.type) {
    case 'run_pipeline':
      return runPipeline(occasion)
    case 'retry_failed_jobs':
      return retryFailedJobs(occasion)
    case 'cancel_pipeline':
      return cancelPipelines(occasion)
    case 'play_job':
      return playJob(step.job, occasion)
    case 'recheck_undercoverage':
      return recheck(occasion)
    case 'add_labels':
      return changeLabels(occasion, step.labels, [])
    case 'remove_labels':
      return changeLabels(occasion, [], step.labels)
    case 'trigger':
      return trigger(occasion, target)
    // Part of the note, which each reaction writes in its own way.
    case 'note':
      return noPlan
    default:
      return step satisfies never
  }
}

const does = (says: string, ...actions: Action[]): Plan => ({ actions, says: [says], problems: [] })
const isNeedless = (says: string): Plan => does(says)
const cannot = (problem: string): Plan => ({ actions: [], says: [problem], problems: [problem] })

const tooMany = (count: number) =>
  `nothing more is started: ${plural(count, 'pipeline')} in an hour for one merge request look like a circle`

function runPipeline({ facts, since }: Occasion): Plan {
  const { project, mergeRequest, sha, newestPipeline, pipelines, startedLately } = facts
  if (sha === null) return cannot('the merge request has no commits to run a pipeline for')
  if (startedLately >= mostStarts) return cannot(tooMany(startedLately))
  const started = pipelines.find((pipeline) => beganSince(pipeline, since))
  if (started) return isNeedless(`pipeline ${started.id} of this commit began after that, so no other is started`)
  const superseded = pipelines.filter(({ status, ofMergeRequest }) => ofMergeRequest && isAlive(status))
  const replaces = superseded.filter(({ mustRun }) => mustRun === null).map(({ id }) => id)
  return does(['a new pipeline is started', ...superseded.map(aboutSuperseded)].join(', '), {
    type: 'run_pipeline',
    project,
    mergeRequest,
    sha,
    after: newestPipeline,
    ...(replaces.length > 0 ? { replaces } : {}),
  })
}

const aboutSuperseded = ({ id, mustRun }: HeadPipeline) =>
  mustRun === null ? `pipeline ${id} is stopped in its favour` : `pipeline ${id} goes on, for ${mustRun}`

/** GitLab shows labels to the pipelines of a merge request, not to those of its branch. */
const beganSince = ({ ofMergeRequest, createdAt }: HeadPipeline, since: number | null): boolean =>
  ofMergeRequest && since !== null && createdAt !== null && createdAt >= since

function retryFailedJobs({ facts, options }: Occasion): Plan {
  const { project, jobs, pipelines } = facts
  const pipeline = pipelineOfJobs(pipelines)
  if (!pipeline) return cannot(noPipeline(pipelines))
  const isKept = nameMatcher(options.retry.neverJobs)
  const failed = jobs.filter(({ status }) => status === 'failed')
  const retried = failed.filter(({ name }) => !isKept(name))
  const kept = failed.length - retried.length
  const aboutKept =
    kept > 0 ? `; ${plural(kept, 'job')} that must not be repeated ${kept === 1 ? 'is' : 'are'} not` : ''
  if (retried.length === 0) return isNeedless(`no failed job of pipeline ${pipeline.id} is to be retried${aboutKept}`)
  return does(
    `${plural(retried.length, 'failed job')} of pipeline ${pipeline.id} ${retried.length === 1 ? 'is' : 'are'} retried${aboutKept}`,
    ...retried.map(({ id }): Action => ({ type: 'retry_job', project, job: id, mayBeRefused: true })),
  )
}

/** Pipelines of the branch may be those of a protected one. */
function cancelPipelines({ facts: { project, pipelines } }: Occasion): Plan {
  const cancelable = pipelines.filter(({ status, ofMergeRequest }) => ofMergeRequest && isCancelable(status))
  const running = cancelable.filter(isInReach)
  if (running.length === 0 && cancelable.length > 0) return cannot(noPipeline(cancelable))
  if (running.length === 0) return isNeedless('no pipeline of this merge request runs')
  const names = running.map(({ id }) => id).join(', ')
  return does(
    `${running.length === 1 ? 'pipeline' : 'pipelines'} ${names} ${running.length === 1 ? 'is' : 'are'} cancelled`,
    ...running.map(({ id }): Action => ({ type: 'cancel_pipeline', project, pipeline: id })),
  )
}

function playJob(name: string, { facts: { project, jobs, pipelines } }: Occasion): Plan {
  const pipeline = pipelineOfJobs(pipelines)
  if (!pipeline) return cannot(`${name} cannot be started: ${noPipeline(pipelines)}`)
  const job = jobs.find((candidate) => candidate.name === name)
  if (!job) return cannot(`${name} cannot be started: pipeline ${pipeline.id} has no job of this name`)
  if (job.status !== 'manual' && job.status !== 'scheduled') return isNeedless(`${name} is ${job.status} already`)
  return does(`${name} is started`, { type: 'play_job', project, job: job.id })
}

function recheck({ event, options }: Occasion): Plan {
  if (!event) return noPlan
  if (!options.undercoverage.enabled) return isNeedless('undercoverage is switched off')
  return does('undercoverage is judged again', {
    type: 'wake_reaction',
    reaction: 'undercoverage',
    event: { ...event, asked: 'recheck' },
  })
}

function changeLabels({ facts: { project, mergeRequest } }: Occasion, add: string[], remove: string[]): Plan {
  const says = add.length > 0 ? `${add.join(', ')} is added` : `${remove.join(', ')} is removed`
  return does(says, { type: 'update_labels', project, mergeRequest, add, remove })
}

function trigger({ facts: { startedLately } }: Occasion, target: Target | undefined): Plan {
  if (!target) return noPlan
  if ('problem' in target) return cannot(target.problem)
  if (startedLately >= mostStarts) return cannot(tooMany(startedLately))
  const { project, ref, variables, newest, path } = target
  return does(`a pipeline of ${ref} is started in ${path}`, {
    type: 'trigger_pipeline',
    project,
    ref,
    variables,
    after: newest,
  })
}
