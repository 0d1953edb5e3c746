import type { RedisClient } from '../redis/connect.ts'
import { key } from '../redis/keys.ts'

/** Slack allows one message a second and channel, and short bursts (https://docs.slack.dev/apis/web-api/rate-limits). */
const intervalMs = 1_000
const burst = 3

/**
 * When the channel is free again, on the clock of Redis, so that it holds for all workers together.
 *
 * KEYS[1] when all that was let through will have had its time. ARGV: interval, how far that may lie ahead, and for how
 * long the channel is to pause (0: somebody wants to send). Reply: milliseconds to wait; 0: send now.
 */
const paceScript = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local interval, ahead, pause = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local free = math.max(now, tonumber(redis.call('GET', KEYS[1]) or 0))
if pause > 0 then
  free = math.max(free, now + pause + ahead)
elseif free - now > ahead then
  return free - now - ahead
else
  free = free + interval
end
redis.call('SET', KEYS[1], free, 'PX', free - now + 1000)
return 0
`

/** Keeps each channel within its limit. */
export type Pace = {
  /** Takes a turn. @returns 0, or how many milliseconds to wait before asking for one again */
  next(channel: string): Promise<number>
  /** Slack said how long the channel has to wait. */
  pause(channel: string, milliseconds: number): Promise<void>
}

export function createPace(redis: RedisClient): Pace {
  const run = async (channel: string, pause: number) => {
    const name = key('slack-pace', Buffer.from(channel).toString('base64url'))
    return Number(await redis.eval(paceScript, 1, name, intervalMs, intervalMs * (burst - 1), Math.ceil(pause)))
  }
  return {
    next: (channel) => run(channel, 0),
    pause: async (channel, milliseconds) => void (await run(channel, Math.max(1, milliseconds))),
  }
}
