import { AsyncLocalStorage } from 'node:async_hooks'

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

/** What a running call knows of its limits. */
export type Span = { signal: AbortSignal; remaining(): number }

/** Runs `work` with a signal that fires after `ms`, at the ambient deadline or with the ambient signal. */
export const bounded = async <Result>(ms: number, work: (span: Span) => Promise<Result>): Promise<Result> => {
  const ambient = current.getStore()
  const end = Math.min(performance.now() + ms, ambient?.at ?? Number.POSITIVE_INFINITY)
  const remaining = () => Math.max(0, end - performance.now())
  const controller = new AbortController()
  const seconds = Math.round(remaining() / 100) / 10
  const timer = setTimeout(() => controller.abort(new DeadlineError(`not done within ${seconds} s`)), remaining())
  const stop = () => controller.abort(new DeadlineError('given up by the caller'))
  if (ambient?.signal?.aborted) stop()
  ambient?.signal?.addEventListener('abort', stop, { once: true })
  try {
    return await work({ signal: controller.signal, remaining })
  } finally {
    clearTimeout(timer)
    ambient?.signal?.removeEventListener('abort', stop)
  }
}
