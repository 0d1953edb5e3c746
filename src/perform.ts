import type { Action } from './action.ts'
import { OutdatedError } from './errors.ts'
import { isAlreadyRetried } from './gitlab/errors.ts'
import { ensurePipelineFailed } from './perform/ensure-pipeline-failed.ts'
import { keepIssue } from './perform/keep-issue.ts'
import { forgetStatus, setCommitStatus } from './perform/set-commit-status.ts'
import { awardEmoji, playJob, remember, updateLabels, wakeReaction } from './perform/small-actions.ts'
import { runPipeline, triggerPipeline } from './perform/start-pipeline.ts'
import { rememberIncident, tellSlack } from './perform/tell-slack.ts'
import type { Circumstances, PerformDeps, Performed } from './perform/types.ts'
import { writeAnswer } from './perform/write-answer.ts'
import { writeNote } from './perform/write-note.ts'
import { rememberTests } from './store/tests/remember.ts'

/**
 * Carries out one action: the only place that writes anything. Each can be performed twice with the effect of once.
 *
 * @throws GitLabError as GitLab answered; NotYetError when it must be looked at again later; OutdatedError when it must be
 * decided anew
 */
export async function perform(action: Action, deps: PerformDeps, circumstances: Circumstances): Promise<Performed> {
  switch (action.type) {
    case 'cancel_pipeline':
      return cancelPipeline(action, deps, circumstances)
    case 'ensure_pipeline_failed':
      return ensurePipelineFailed(action, deps, circumstances)
    case 'retry_job':
      return retryJob(action, deps)
    case 'write_note':
      return writeNote(action, deps, circumstances)
    case 'set_commit_status':
      return setCommitStatus(action, deps, circumstances)
    case 'forget_status':
      return forgetStatus(action, deps)
    case 'run_pipeline':
      return runPipeline(action, deps, circumstances)
    case 'trigger_pipeline':
      return triggerPipeline(action, deps, circumstances)
    case 'play_job':
      return playJob(action, deps)
    case 'update_labels':
      return updateLabels(action, deps)
    case 'wake_reaction':
      return wakeReaction(action, deps)
    case 'award_emoji':
      return awardEmoji(action, deps)
    case 'write_answer':
      return writeAnswer(action, deps, circumstances)
    case 'remember_incident':
      return rememberIncident(action, deps, circumstances)
    case 'tell_slack':
      return tellSlack(action, deps, circumstances)
    case 'remember':
      return remember(action, deps)
    case 'remember_tests':
      return rememberWhatTestsDid(action, deps)
    case 'keep_issue':
      return keepIssue(action, deps)
    default:
      return action satisfies never
  }
}

type ActionOf<Type extends Action['type']> = Extract<Action, { type: Type }>

/**
 * GitLab answers 200 also when there was nothing to cancel, so there is nothing to look at here.
 *
 * @throws OutdatedError when the reasons may be gone: the task was given up, and retried long after
 */
async function cancelPipeline(
  action: ActionOf<'cancel_pipeline'>,
  { writer, now }: PerformDeps,
  { decidedAt }: Circumstances,
): Promise<Performed> {
  if (now() - decidedAt > (action.outdatedAfter ?? Number.POSITIVE_INFINITY)) {
    throw new OutdatedError('what the cancel rests on was read too long ago')
  }
  await writer.cancelPipeline(action.project, action.pipeline)
  return { result: 'done' }
}

async function retryJob(action: ActionOf<'retry_job'>, { writer }: PerformDeps): Promise<Performed> {
  try {
    const attempt = await writer.retryJob(action.project, action.job)
    return { result: 'done', detail: `job ${attempt.id} is the new attempt` }
  } catch (error) {
    if (isAlreadyRetried(error)) return { result: 'already so' }
    throw error
  }
}

async function rememberWhatTestsDid(
  { type: _, mayBeRefused: __, ...update }: ActionOf<'remember_tests'>,
  { redis }: PerformDeps,
): Promise<Performed> {
  const changed = await rememberTests(redis, update)
  return changed > 0 ? { result: 'done', detail: `${changed} records changed` } : { result: 'already so' }
}
