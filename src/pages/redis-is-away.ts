import type { ErrorHandler } from 'hono'

/** For pages that only Redis can fail. */
export const redisIsAway: ErrorHandler = (error, context) =>
  context.json({ error: `Redis does not answer: ${error.message}` }, 503, { 'retry-after': '5' })
