import type { RedisClient } from '../redis/connect.ts'
import { key } from '../redis/keys.ts'

/** GitLab offers a resend for two days in its pages and for seven by API; the third day is for clocks and time zones. */
const rememberedSeconds = 3 * 86_400

/** Which deliveries were taken already, apart from the tasks they became. */
export const createDeliveryLog = (redis: RedisClient) => ({
  /** @returns false for an id that was taken in the last 3 days */
  async isNew(id: string): Promise<boolean> {
    return (await redis.set(key(`d${id}`, 'seen'), 1, 'EX', rememberedSeconds, 'NX')) !== null
  },
})
