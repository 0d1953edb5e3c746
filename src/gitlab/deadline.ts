import { AsyncLocalStorage } from 'node:async_hooks'
import { EventEmitter } from 'node:events'

type Deadline = {
  /** In milliseconds of `performance.now()`, which no clock adjustment moves. */
  at: number
  signal: AbortSignal | null
}

const current = new AsyncLocalStorage<Deadline>()

/**
 * Bounds every call to GitLab inside `work`: none lasts longer than until `ms` from now, none survives `signal`.
 * A deadline inside another one can only be nearer.
 */
export const withDeadline = <Result>(
  ms: number,
  work: () => Promise<Result>,
  signal?: AbortSignal,
): Promise<Result> => {
  const outer = current.getStore()
  const at = Math.min(performance.now() + ms, outer?.at ?? Number.POSITIVE_INFINITY)
  return current.run({ at, signal: united(outer?.signal ?? null, signal ?? null) }, work)
}

const united = (one: AbortSignal | null, other: AbortSignal | null): AbortSignal | null => {
  if (one === null || other === null) return one ?? other
  return AbortSignal.any([one, other])
}

/** Why a call was given up; GitLab may still carry it out. */
export class DeadlineError extends Error {
  override readonly name = 'DeadlineError'
}

/** The time that a running call has. An emitter of `abort`, which undici listens to at half the cost of an AbortSignal. */
export class Span extends EventEmitter {
  /** null while there is time. */
  reason: DeadlineError | null = null
  readonly #end: number

  constructor(end: number) {
    super()
    this.#end = end
  }

  get aborted(): boolean {
    return this.reason !== null
  }

  /** Milliseconds. */
  remaining(): number {
    return Math.max(0, this.#end - performance.now())
  }

  abort(because: string): void {
    if (this.reason !== null) return
    this.reason = new DeadlineError(because)
    this.emit('abort')
  }

  /** Sleeps, unless the time ends before. @returns whether it did not */
  sleep(ms: number): Promise<boolean> {
    if (this.reason !== null) return Promise.resolve(false)
    return new Promise((resolve) => {
      const wake = () => {
        clearTimeout(timer)
        this.removeListener('abort', wake)
        resolve(this.reason === null)
      }
      const timer = setTimeout(wake, ms)
      this.once('abort', wake)
    })
  }
}

/** Runs `work` for at most `ms`, until the ambient deadline or the ambient signal. */
export const bounded = async <Result>(ms: number, work: (span: Span) => Promise<Result>): Promise<Result> => {
  const ambient = current.getStore()
  const length = Math.min(ms, ambient === undefined ? ms : Math.max(0, ambient.at - performance.now()))
  const span = new Span(performance.now() + length)
  const timer = setTimeout(() => span.abort(`not done within ${Math.round(length / 100) / 10} s`), length)
  const stop = () => span.abort('given up by the caller')
  const signal = ambient?.signal ?? null
  if (signal?.aborted) stop()
  signal?.addEventListener('abort', stop, { once: true })
  try {
    return await work(span)
  } finally {
    clearTimeout(timer)
    signal?.removeEventListener('abort', stop)
  }
}
