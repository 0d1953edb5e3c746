/** How far a call to GitLab may go; times in milliseconds, sizes in bytes. */
export type Limits = {
  /** Keep-alive connections to each host: more than one reaction's tasks, so that its flood leaves some to the others. */
  connections: number
  connectTimeout: number
  /** For reads: a write that was sent is waited for until `callDeadline`, since it is not sent twice. */
  headersTimeout: number
  /** Between two pieces of a body. */
  bodyTimeout: number
  /** One call with its repetitions and waits. */
  callDeadline: number
  /** The same for downloads of archives, files and traces. */
  downloadDeadline: number
  /** A longer wait is not slept through but thrown, so that the queue can put the task off. */
  longestWait: number
  /** Repetitions after the first try. */
  retries: number
  /** Upper bound of the first random wait; doubles with each repetition. */
  backoff: number
  jsonBytes: number
  textBytes: number
  /** Pages of 100 entries that one list may have. */
  pages: number
  /** Calls a minute of all workers together; null: what GitLab's `RateLimit-Limit` says, else unlimited. */
  callsPerMinute: number | null
}

const second = 1000
const mebibyte = 1024 * 1024

export const defaultLimits: Limits = {
  connections: 64,
  connectTimeout: 10 * second,
  headersTimeout: 10 * second,
  bodyTimeout: 20 * second,
  callDeadline: 30 * second,
  downloadDeadline: 600 * second,
  longestWait: 20 * second,
  retries: 3,
  backoff: 500,
  jsonBytes: 64 * mebibyte,
  textBytes: 16 * mebibyte,
  pages: 100,
  callsPerMinute: null,
}
