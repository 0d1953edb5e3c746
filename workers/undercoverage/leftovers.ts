import { type Action, act, type Decision } from '../../src/action.ts'
import type { RememberedStatus, UndercoverageFacts } from './facts.ts'
import type { UndercoverageOptions } from './options.ts'
import { isWaiting } from './rules.ts'

/** What was remembered and is not dealt with by the decision: names that are configured no more, and what GitLab lost. */
export function withLeftovers(decision: Decision, facts: UndercoverageFacts): Decision {
  const { options } = facts
  const isSet = decision.actions.some(({ type }) => type === 'set_commit_status')
  const left = (facts.remembered ?? []).filter(({ name }) => name !== options.undercoverage.status || !isSet)
  const more = left.flatMap((status) => leftover(status, facts))
  return more.length === 0 ? decision : act(decision.because, ...decision.actions, ...more)
}

/** Lifted last, so that the status which takes its place holds the merge request before. */
function leftover(
  { name, since, pipeline, isSettled, current }: RememberedStatus,
  facts: UndercoverageFacts,
): Action[] {
  const { project, options } = facts
  if (!isWaiting(current)) return isSettled ? [{ type: 'forget_status', project, pipeline, name, since }] : []
  if (name === options.undercoverage.status || facts.pipeline?.id !== pipeline) return []
  return [lift(name, facts.pipeline, options, project)]
}

const lift = (
  name: string,
  { id: pipeline, sha }: { id: number; sha: string },
  { undercoverage }: UndercoverageOptions,
  project: number,
): Action => ({
  type: 'set_commit_status',
  project,
  sha,
  pipeline,
  name,
  state: 'success',
  description: `${undercoverage.status} takes its place`,
  targetUrl: null,
})
