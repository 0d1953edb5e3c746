import type { Action } from '../action.ts'
import { isUnplayable } from '../gitlab/errors.ts'
import { createMemory } from '../store/memory.ts'
import type { PerformDeps, Performed } from './types.ts'

type ActionOf<Type extends Action['type']> = Extract<Action, { type: Type }>

export async function playJob({ project, job }: ActionOf<'play_job'>, { writer }: PerformDeps): Promise<Performed> {
  try {
    const played = await writer.playJob(project, job)
    return { result: 'done', detail: `job ${played.id} was started` }
  } catch (error) {
    if (isUnplayable(error)) return { result: 'already so' }
    throw error
  }
}

/** What the bot sets itself is seen at once: its own events are dropped, and must not look like a person's later. */
export async function updateLabels(
  { project, mergeRequest, add, remove }: ActionOf<'update_labels'>,
  { writer, redis }: PerformDeps,
): Promise<Performed> {
  await writer.updateLabels(project, mergeRequest, { add, remove })
  const memory = createMemory(redis)
  const isRemembered = (await memory.labels(project, mergeRequest)) !== null
  if (isRemembered) await memory.remember(project, { kind: 'labels', mergeRequest, add, remove })
  return { result: 'done' }
}

export async function wakeReaction(
  { reaction, event }: ActionOf<'wake_reaction'>,
  { wake }: PerformDeps,
): Promise<Performed> {
  if (await wake(reaction, event)) return { result: 'done', detail: `${reaction} looks again` }
  return { result: 'already so', detail: `nothing was woken: no reaction ${reaction} takes ${event.kind} events` }
}

export async function awardEmoji(
  { project, mergeRequest, note, name }: ActionOf<'award_emoji'>,
  { writer }: PerformDeps,
): Promise<Performed> {
  await writer.awardEmoji(project, mergeRequest, note, name)
  return { result: 'done' }
}

/** @throws OutdatedError when it would not have been decided any more */
export async function remember({ project, memory }: ActionOf<'remember'>, { redis }: PerformDeps): Promise<Performed> {
  await createMemory(redis).remember(project, memory)
  return { result: 'done' }
}
