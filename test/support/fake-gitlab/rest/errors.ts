/** An answer that is not a success. GitLab's error text is under `message` (text or object) or under `error`. */
export class ApiError extends Error {
  readonly status: number
  readonly body: unknown

  constructor(status: number, body: unknown) {
    super(`${status} ${JSON.stringify(body)}`)
    this.status = status
    this.body = body
  }
}

export const unauthorized = (): ApiError => new ApiError(401, { message: '401 Unauthorized' })

/** @param reason Absent: the plain `403 Forbidden`. */
export const forbidden = (reason?: string): ApiError =>
  new ApiError(403, { message: reason === undefined ? '403 Forbidden' : `403 Forbidden - ${reason}` })

/** @param what `Job`, `Project`, …; absent: a record of the database, which GitLab words with a small f. */
export const notFound = (what?: string): ApiError =>
  new ApiError(404, { message: what === undefined ? '404 Not found' : `404 ${what} Not Found` })

export const badRequest = (reason: string): ApiError => new ApiError(400, { message: `400 Bad request - ${reason}` })

/** What Grape, which checks parameters, answers. */
export const invalidParams = (text: string): ApiError => new ApiError(400, { error: text })
