/** What nobody reads any more after this long is left untold. */
export const patienceMs = 24 * 3_600_000

/** What is younger is told whatever came after it. */
const newsMs = 3_600_000

/**
 * Whether a message that could not be told in time still says something. After a while only the newest one does: a
 * channel that works again is not to be flooded with what is over.
 *
 * @param at when it was decided, in milliseconds since the epoch
 */
export function isWorthTelling(at: number, { isLast, now }: { isLast: boolean; now: number }): boolean {
  const age = now - at
  return age < newsMs || (isLast && age < patienceMs)
}
