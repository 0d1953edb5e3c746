import { OutdatedError } from '../errors.ts'
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

/**
 * Counts and adds in one step, so that commands which are decided about at the same moment do not pass the limit together.
 *
 * KEYS[1] the set of notes by time. ARGV: the note, its time, since when others count, how many may be there already, how
 * long the set is kept in milliseconds. Reply: 1, or 0 when there are too many.
 */
const ADD_COMMAND = `
local isNew = not redis.call('ZSCORE', KEYS[1], ARGV[1])
if isNew and redis.call('ZCOUNT', KEYS[1], ARGV[3], '+inf') >= tonumber(ARGV[4]) then return 0 end
redis.call('ZADD', KEYS[1], ARGV[2], ARGV[1])
redis.call('ZREMRANGEBYSCORE', KEYS[1], 0, tonumber(ARGV[2]) - tonumber(ARGV[5]))
redis.call('PEXPIRE', KEYS[1], ARGV[5])
return 1
`

type MemoryStore = MemoryReader & {
  /** @throws OutdatedError when it would not have been decided any more */
  remember(project: number, memory: Memory): Promise<void>
}

/** What the bot keeps in mind, in Redis. Everything can be remembered twice with the effect of once. */
export function createMemory(redis: RedisClient): MemoryStore {
  async function rememberLabels(project: number, { mergeRequest, add, remove }: Extract<Memory, { kind: 'labels' }>) {
    const name = labelsKey(project, mergeRequest)
    const batch = redis.multi().sadd(name, seen, ...add)
    if (remove.length > 0) batch.srem(name, ...remove)
    await batch.expire(name, keptSeconds).exec()
  }

  async function rememberCommand({ user, note, at, since, atMost }: Extract<Memory, { kind: 'command' }>) {
    const added = await redis.eval(ADD_COMMAND, 1, commandsKey(user), note, at, since, atMost, commandsKeptMs)
    if (added === 0) throw new OutdatedError('other commands of the same person came first')
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
