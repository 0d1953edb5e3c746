import type { Decision } from './action.ts'
import type { EventKind, GitLabEvent } from './event.ts'
import type { EventHead } from './event-head.ts'
import type { Readers } from './readers.ts'
import type { Told } from './told.ts'

/**
 * One thing the bot does: on an event, when it is relevant, gather facts and decide on actions.
 *
 * Methods are in method syntax so that a list may hold reactions to different events.
 */
export type Reaction<Event extends GitLabEvent = GitLabEvent, Facts = unknown> = {
  /** Also the name of the reaction's queue. */
  name: string
  on: readonly EventKind[]
  /** Judged from the first bytes of a job or pipeline event, before it is parsed. Absent: every status is of interest. */
  wants?(head: EventHead): boolean
  /**
   * Judged in the receiver from the payload alone, so that irrelevant events are never queued.
   *
   * @param told what is not kept with the event; absent: not known
   */
  when(event: Event, told?: Told): boolean
  /** Names the fact: told twice, by two hooks or in two deliveries, it is acted on once. At most 200 characters. */
  fact(event: Event): string
  /** How long to wait before reading, in milliseconds, so that GitLab's own follow-up becomes visible. Default 0. */
  settle?(event: Event): number
  /** Events of one subject are looked at together, once none came for a while; null: this one is looked at alone. */
  debounce?(event: Event): Debounce | null
  /**
   * Reads; the only asynchronous part. Readers have no writing method, so a reaction cannot change anything.
   *
   * @param batch all events that are looked at together, in the order of their arrival; without `debounce` the event alone
   */
  gather(event: Event, read: Readers, batch: readonly Event[]): Promise<Facts>
  /** Pure: the same facts always give the same decision. */
  decide(facts: Facts): Decision
  /** Looks for what no event will tell. */
  sweep?: Sweep<Event>
}

/** Done by one of all workers: when one starts, when Redis comes back, and then again and again. */
export type Sweep<Event extends GitLabEvent = GitLabEvent> = {
  /** Milliseconds. */
  every: number
  /** @returns events of our own that wake the reaction; those of projects that are not served are dropped */
  look(read: Readers, serves: (projectPath: string) => boolean): Promise<Event[]>
  /** Told once all of them are queued. */
  kept?(read: Readers): Promise<void>
}

/** `subject` is unique in all projects; `ms` is how long nothing may have come, in milliseconds. */
export type Debounce = { subject: string; ms: number }

/** The reactions that an event wakes, in their order. */
export const route = (event: GitLabEvent, reactions: readonly Reaction[], told?: Told): Reaction[] =>
  reactions.filter((reaction) => reaction.on.includes(event.kind) && reaction.when(event, told))

/** Whether an event with this head can wake any reaction at all. */
export const canMatter = (head: EventHead, reactions: readonly Reaction[]): boolean =>
  reactions.some((reaction) => reaction.on.includes(head.kind) && (reaction.wants?.(head) ?? true))
