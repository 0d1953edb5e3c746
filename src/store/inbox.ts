import { createHash } from 'node:crypto'
import type { GitLabEvent } from '../event.ts'
import type { RedisClient } from '../redis/connect.ts'
import { key } from '../redis/keys.ts'
import { retentionSeconds } from './retention.ts'

/** Subjects are texts of ours of any length. */
const digest = (subject: string) => createHash('sha1').update(subject).digest('base64url')

/**
 * Events that wait to be looked at together, by what they are about.
 *
 * A task that is put off again with every further event keeps one event only; here none of them is lost, and who did
 * what is still known when several people act within the same seconds.
 */
export function createInbox(redis: RedisClient) {
  const inboxKey = (subject: string, project: number): string => key(`p${project}`, 'inbox', digest(subject))
  return {
    async add(subject: string, event: GitLabEvent): Promise<void> {
      const name = inboxKey(subject, event.project.id)
      await redis.multi().zadd(name, event.at, JSON.stringify(event)).expire(name, retentionSeconds).exec()
    },
    /** In the order in which they were received. */
    async waiting(subject: string, project: number): Promise<GitLabEvent[]> {
      const members = await redis.zrangebyscore(inboxKey(subject, project), '-inf', '+inf')
      return members.map((member) => JSON.parse(member) as GitLabEvent)
    },
    /** Takes out what was decided about; done twice it has the effect of once. */
    async remove(subject: string, project: number, events: readonly GitLabEvent[]): Promise<void> {
      if (events.length === 0) return
      await redis.zrem(inboxKey(subject, project), ...events.map((event) => JSON.stringify(event)))
    },
  }
}

export type Inbox = ReturnType<typeof createInbox>
