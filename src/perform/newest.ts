import type { RedisClient } from '../redis/connect.ts'
import { key } from '../redis/keys.ts'
import { retentionSeconds } from '../store/retention.ts'

type Subject = { project: number; about: string; part: string }

const place = ({ project, about }: Subject) => key(`p${project}`, 'newest', about)

/**
 * Remembers which decision was carried out last, so that an older one whose task is tried again cannot undo it: decisions
 * are saved and performed later, and may overtake each other there.
 */
export const createNewest = (redis: RedisClient) => ({
  /** Whether a decision that was made after `decidedAt` was carried out already. */
  async isOvertaken(subject: Subject, decidedAt: number): Promise<boolean> {
    return Number((await redis.hget(place(subject), subject.part)) ?? 0) > decidedAt
  },
  async isCarriedOut(subject: Subject, decidedAt: number): Promise<void> {
    await redis.multi().hset(place(subject), subject.part, decidedAt).expire(place(subject), retentionSeconds).exec()
  },
})
