import type { RedisClient } from '../redis/connect.ts'
import { key } from '../redis/keys.ts'

const name = key('issues', 'projects')

/** Projects about whose tests issues are kept, so that somebody looks after them when no pipeline tells. */
export const createIssueProjects = (redis: RedisClient) => ({
  add: async ({ id, path }: { id: number; path: string }): Promise<void> => void (await redis.hset(name, id, path)),
  all: async (): Promise<{ id: number; path: string }[]> =>
    Object.entries(await redis.hgetall(name)).map(([id, path]) => ({ id: Number(id), path })),
})
