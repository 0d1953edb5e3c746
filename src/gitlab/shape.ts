import { GitLabError } from './errors.ts'
import { type Parse, ShapeError } from './fields.ts'
import type { Method } from './transport.ts'

/** @throws GitLabError that names the path and the field, when GitLab's answer has not the documented shape */
export const shaped = <Result>(method: Method, path: string, body: unknown, parse: Parse<Result>): Result => {
  try {
    return parse(body)
  } catch (error) {
    if (!(error instanceof ShapeError)) throw error
    const reason = `unexpected answer: ${error.message}`
    // The answer was a good one, so a write was carried out.
    throw new GitLabError({ method, path, status: 200, reason, kind: 'permanent', maybeApplied: method !== 'GET' })
  }
}

/** One object. @throws GitLabError as `shaped` does */
export const one = async <Result>(path: string, body: Promise<unknown>, parse: Parse<Result>): Promise<Result> =>
  shaped('GET', path, await body, parse)
