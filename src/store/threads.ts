import type { Incident, Telling, Thread } from '../incident.ts'

/** All that is known of a place. */
export type IncidentRecord = { incident: Incident; threads: Thread[]; lastThread: number; lastReply: number }

/** What Slack was not told within so many threads or replies is not worth telling any more, unless it is young. */
const kept = 10
const youngMs = 3_600_000
/** More than anybody reads, however young. */
export const mostKept = 100

const newest = <Told extends { at: number }>(all: readonly Told[], at: number): Told[] =>
  all.filter((one, index) => index >= all.length - kept || at - one.at < youngMs).slice(-mostKept)

/**
 * What is known of a place after something more was decided about it. The same facts lead to the same threads: nothing
 * here asks for the time or for chance.
 *
 * @param at when it was decided, in milliseconds since the epoch
 */
export function withTelling(
  known: IncidentRecord | null,
  next: Incident,
  telling: Telling | null,
  at: number,
): IncidentRecord {
  const before: IncidentRecord = { threads: [], lastThread: 0, lastReply: 0, ...known, incident: next }
  if (!telling) return before
  const { threads, lastThread, lastReply } = before
  const replies = telling.reply ? [{ number: lastReply + 1, message: telling.reply, at }] : []
  const told = { ...before, lastReply: lastReply + replies.length }
  if (telling.thread === 'current') {
    const goOn = (thread: Thread) => (thread.number === next.thread ? continued(thread, telling, replies, at) : thread)
    return { ...told, threads: threads.map(goOn) }
  }
  if (!telling.card) return before
  const number = lastThread + 1
  const opened: Thread = { number, version: 1, at, card: telling.card, replies }
  const incident = telling.thread === 'open' ? { ...next, thread: number } : next
  return { ...told, incident, threads: newest([...threads, opened], at), lastThread: number }
}

const continued = (thread: Thread, { card }: Telling, replies: Thread['replies'], at: number): Thread => ({
  ...thread,
  ...(card ? { card, version: thread.version + 1, at } : {}),
  replies: newest([...thread.replies, ...replies], at),
})
