/** What came of retries of one kind of failure, so that those that never help are not repeated for ever. */

export type RetryHelp = {
  tries: number
  passes: number
  /** Seconds since the epoch of the last try. */
  at: number
  /** Attempts that were counted last. */
  jobs: number[]
}

/** So many retries without a single pass, and the bot gives up on them. */
const helplessAfter = 5
/** From here on both numbers are halved, so that what holds now outweighs what held once. */
const halvedAfter = 20
const jobsKept = 20

export const noHelp: RetryHelp = { tries: 0, passes: 0, at: 0, jobs: [] }

/** @param job the attempt that was the retry; told twice, it counts once */
export function withRetry(help: RetryHelp, retry: { job: number; passed: boolean; at: number }): RetryHelp {
  if (help.jobs.includes(retry.job)) return help
  const share = help.tries >= halvedAfter ? 2 : 1
  return {
    tries: Math.floor(help.tries / share) + 1,
    passes: Math.floor(help.passes / share) + (retry.passed ? 1 : 0),
    at: Math.max(help.at, retry.at),
    jobs: [...help.jobs, retry.job].slice(-jobsKept),
  }
}

/** Experience grows old: after a window without a try the next one is worth it again. @param now seconds */
export const isHelpless = ({ tries, passes, at }: RetryHelp, now: number, window: number): boolean =>
  tries >= helplessAfter && passes === 0 && now - at < window / 1000

export const packHelp = ({ tries, passes, at, jobs }: RetryHelp): string => JSON.stringify([tries, passes, at, jobs])

export const unpackHelp = (text: string | null | undefined): RetryHelp => {
  if (!text) return noHelp
  const [tries, passes, at, jobs] = JSON.parse(text) as [number, number, number, number[]]
  return { tries, passes, at, jobs }
}
