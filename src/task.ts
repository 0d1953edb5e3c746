import type { Logger } from 'pino'
import { type Action, isBookkeeping } from './action.ts'
import { type Batch, batchOf, leftBehind, withBatch } from './batch.ts'
import { NotYetError, OutdatedError, RefusedError } from './errors.ts'
import type { GitLabEvent } from './event.ts'
import { GitLabError, isRefusal } from './gitlab/errors.ts'
import { asObject } from './json.ts'
import type { TaskOutcome } from './metrics.ts'
import type { Circumstances, PerformDeps } from './perform/types.ts'
import { perform } from './perform.ts'
import type { Reaction } from './reaction.ts'
import type { Readers } from './readers.ts'
import { awaitReplica } from './replica.ts'
import type { DecisionStore, Outcome, SavedDecision } from './store/decisions.ts'

export type TaskDeps = {
  decisions: DecisionStore
  readers: Readers
  perform: PerformDeps
  isDryRun(projectPath: string): boolean
  serves(projectPath: string): boolean
  log: Logger
}

/**
 * Decides once, saves, then performs until everything is done; a later try performs what was saved.
 *
 * @throws NotYetError when it is too early; anything else as a failed attempt
 */
export async function runTask(
  reaction: Reaction,
  event: GitLabEvent,
  deps: TaskDeps,
  firstTry: boolean,
): Promise<TaskOutcome> {
  const debounce = reaction.debounce?.(event) ?? null
  if (!debounce) return decideAndPerform(reaction, event, deps, firstTry, batchOf(event))
  const readSaved = () => deps.decisions.load(event.project.id, reaction.fact(event))
  const outcome = await withBatch(debounce, event, deps.perform, readSaved, (batch) =>
    decideAndPerform(reaction, event, deps, firstTry, batch),
  )
  if (outcome !== 'known') return outcome ?? 'known'
  const left = await leftBehind(debounce, event, deps.perform)
  return left === null ? outcome : runTask(reaction, left, deps, firstTry)
}

async function decideAndPerform(
  reaction: Reaction,
  event: GitLabEvent,
  deps: TaskDeps,
  firstTry: boolean,
  batch: Batch,
): Promise<TaskOutcome> {
  const saved = await deps.decisions.load(event.project.id, reaction.fact(event))
  if (saved?.finished) return 'known'
  if (!saved && !batch.events.some((each) => isWanted(reaction, each, deps))) {
    deps.log.info({ reaction: reaction.name, fact: reaction.fact(event) }, 'not wanted any more')
    await batch.taken()
    return 'skipped'
  }
  const decision = saved ?? (await decide(reaction, event, deps, batch))
  await performAll(decision, deps, {
    decidedAt: decision.at,
    firstTry: firstTry && !saved,
  })
  return decision.actions.every(isBookkeeping) ? 'skipped' : 'acted'
}

/** The configuration may be another one than when the task was queued: what was switched off begins nothing new. */
const isWanted = (reaction: Reaction, event: GitLabEvent, { serves }: TaskDeps): boolean =>
  serves(event.project.path) && (event.asked !== undefined || reaction.when(event))

async function decide(reaction: Reaction, event: GitLabEvent, deps: TaskDeps, batch: Batch): Promise<SavedDecision> {
  const facts = await gather(reaction, event, deps.readers, batch.events)
  const { because, actions, isTrivial } = reaction.decide(facts)
  const decision: SavedDecision = {
    reaction: reaction.name,
    fact: reaction.fact(event),
    event,
    at: deps.perform.now(),
    facts,
    because,
    actions,
    outcomes: actions.map(() => null),
    finished: actions.length === 0,
    ...(batch.events.length > 1 ? { batch: [...batch.events] } : {}),
  }
  const saved = isTrivial ? decision : await deps.decisions.save(decision)
  await batch.taken()
  deps.log.info({ reaction: reaction.name, facts: withoutOptions(facts), decision: { because, actions } }, 'decided')
  return saved
}

/** Options are in the configuration for everybody to see, and longer than all the rest. */
const withoutOptions = (facts: unknown): unknown => {
  const { options: _, ...rest } = asObject(facts) ?? {}
  return rest
}

async function gather(
  reaction: Reaction,
  event: GitLabEvent,
  readers: Readers,
  batch: readonly GitLabEvent[],
): Promise<unknown> {
  try {
    return await reaction.gather(event, readers, batch)
  } catch (error) {
    if (error instanceof GitLabError && error.status === 404) awaitReplica(event.at, readers.now(), error.message)
    throw error
  }
}

async function performAll(decision: SavedDecision, deps: TaskDeps, circumstances: Circumstances): Promise<void> {
  const dryRun = deps.isDryRun(decision.event.project.path)
  for (const [index, action] of decision.actions.entries()) {
    if (isSettled(action, decision.outcomes[index])) continue
    const { outcomes } = decision
    const outcome =
      dryRun && !isBookkeeping(action)
        ? dryRunOutcome(deps)
        : await performOrForget(decision, action, deps, { ...circumstances, outcomes: outcomes.slice(0, index) })
    decision.outcomes[index] = outcome
    decision.finished = decision.actions.every((each, at) => isSettled(each, decision.outcomes[at]))
    await deps.decisions.update(decision)
    deps.log.info({ reaction: decision.reaction, action, outcome }, 'performed')
    // The refusal is kept with the decision, where people look for the reason, and ends the task.
    if (!isSettled(action, outcome)) throw new RefusedError(detailOf(outcome))
  }
}

const detailOf = ({ detail }: Outcome) => detail ?? 'GitLab refused'

/** What was refused is tried again when somebody retries the task: the right may have been given in the meantime. */
const isSettled = (action: Action, outcome: Outcome | null | undefined): boolean =>
  Boolean(outcome) && (outcome?.result !== 'refused' || action.mayBeRefused === true)

const dryRunOutcome = ({ perform: { now } }: TaskDeps): Outcome => ({ at: now(), result: 'dry run' })

async function performOrForget(
  decision: SavedDecision,
  action: Action,
  deps: TaskDeps,
  circumstances: Circumstances,
): Promise<Outcome> {
  try {
    return await performOne(action, deps, circumstances)
  } catch (error) {
    if (!(error instanceof OutdatedError)) throw error
    await deps.decisions.forget(decision)
    throw new NotYetError(error.message, 0)
  }
}

async function performOne(action: Action, deps: TaskDeps, circumstances: Circumstances): Promise<Outcome> {
  try {
    return { at: deps.perform.now(), ...(await perform(action, deps.perform, circumstances)) }
  } catch (error) {
    if (!isRefusal(error) && !(error instanceof RefusedError)) throw error
    return { at: deps.perform.now(), result: 'refused', detail: error.message }
  }
}
