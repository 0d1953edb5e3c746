import type { Action } from '../../src/action.ts'
import { nameMatcher } from '../../src/match.ts'
import { plural } from '../../src/note/wording.ts'
import type { CommandFacts, Obeyed, Stopped } from './facts.ts'

/** Brings back what a fail-fast job stopped. Pure. */
export function undo({ stopped, options, project, event }: CommandFacts): Obeyed {
  if (!stopped) return { says: 'no pipeline of this merge request was stopped by the bot' }
  const isKept = nameMatcher(options.retry.neverJobs)
  const repeatable = stopped.jobs.filter(({ name }) => !isKept(name))
  // A manual job that is retried starts without being asked for, so none is that may be one.
  const jobs = repeatable.filter(({ mayBeManual }) => !mayBeManual)
  const says = [
    aboutRetried(jobs.length, stopped),
    ...aboutLeft(repeatable.length - jobs.length),
    ...(stopped.mark ? [`the commit status ${stopped.mark.name} is taken back`] : []),
  ]
  return {
    says: says.join('; '),
    actions: [
      ...jobs.map(({ id }): Action => ({ type: 'retry_job', project, job: id })),
      ...takeBack(stopped, project, event.user?.username ?? ''),
    ],
  }
}

function aboutRetried(count: number, { pipeline }: Stopped): string {
  if (count === 0) return `nothing that was stopped in pipeline ${pipeline} is left to be retried`
  const [was, is] = count === 1 ? ['was', 'is'] : ['were', 'are']
  return `${plural(count, 'job')} that ${was} stopped in pipeline ${pipeline} ${is} retried`
}

function aboutLeft(count: number): string[] {
  if (count === 0) return []
  const stay = count === 1 ? 'stays as it is' : 'stay as they are'
  return [`${plural(count, 'job')} that may fail or be manual and had not begun ${stay}`]
}

/** The failed job itself keeps the pipeline failed, until it succeeds. */
function takeBack({ mark, pipeline }: Stopped, project: number, username: string): Action[] {
  if (!mark) return []
  const description = `${username} had the stopped jobs started again`
  return [{ type: 'set_commit_status', project, pipeline, ...mark, state: 'success', description, targetUrl: null }]
}
