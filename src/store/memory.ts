import type { ApprovalState, Memory, MemoryReader } from '../memory.ts'
import type { RedisClient } from '../redis/connect.ts'
import { key } from '../redis/keys.ts'

const keptSeconds = 90 * 86_400
const commandsKeptMs = 86_400_000
/** Redis knows no empty set, and no label is without a name. */
const seen = ''

const labelsKey = (project: number, mergeRequest: number) => key(`p${project}`, 'labels', mergeRequest)
const approvalKey = (project: number, mergeRequest: number, sha: string) =>
  key(`p${project}`, 'approval', mergeRequest, sha)
const commandsKey = (user: number) => key(`u${user}`, 'commands')

/** What the bot keeps in mind, in Redis. Everything can be remembered twice with the effect of once. */
export function createMemory(
  redis: RedisClient,
): MemoryReader & { remember(project: number, memory: Memory): Promise<void> } {
  async function rememberLabels(project: number, { mergeRequest, add, remove }: Extract<Memory, { kind: 'labels' }>) {
    const name = labelsKey(project, mergeRequest)
    const batch = redis.multi().sadd(name, seen, ...add)
    if (remove.length > 0) batch.srem(name, ...remove)
    await batch.expire(name, keptSeconds).exec()
  }

  async function rememberCommand({ user, note, at }: Extract<Memory, { kind: 'command' }>) {
    const name = commandsKey(user)
    await redis
      .multi()
      .zadd(name, at, note)
      .zremrangebyscore(name, 0, at - commandsKeptMs)
      .pexpire(name, commandsKeptMs)
      .exec()
  }

  return {
    async labels(project, mergeRequest) {
      const members = await redis.smembers(labelsKey(project, mergeRequest))
      return members.length === 0 ? null : members.filter((label) => label !== seen)
    },
    approval: async (project, mergeRequest, sha) =>
      (await redis.get(approvalKey(project, mergeRequest, sha))) as ApprovalState | null,
    commands: (user, since) => redis.zcount(commandsKey(user), since, '+inf'),
    async remember(project, memory) {
      switch (memory.kind) {
        case 'labels':
          return rememberLabels(project, memory)
        case 'approval': {
          const name = approvalKey(project, memory.mergeRequest, memory.sha)
          await redis.set(name, memory.state, 'EX', keptSeconds)
          return
        }
        case 'command':
          return rememberCommand(memory)
        default:
          return memory satisfies never
      }
    },
  }
}
