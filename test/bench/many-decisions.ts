import type { Redis } from 'ioredis'
import { createDecisionStore } from '../../src/store/decisions.ts'
import { jobEvent } from '../support/builders.ts'
import { idSlot, projectSlot } from './deliveries.ts'

/** Copies of everything that one decision left behind, each with ids of its own. Done by Redis itself, for speed. */
const copying = `
local texts, lists = {}, {}
for _, key in ipairs(redis.call('KEYS', '*')) do
  local kind = redis.call('TYPE', key).ok
  if kind == 'string' then texts[key] = redis.call('GET', key) end
  if kind == 'zset' then lists[key] = redis.call('ZRANGE', key, 0, -1)[1] end
end
for i = 1, tonumber(ARGV[1]) do
  local id, project = tostring(2000000000 + i), tostring(ARGV[3] + i % ARGV[2])
  local function own(text) return (string.gsub(string.gsub(text, '${idSlot}', id), '${projectSlot}', project)) end
  for key, text in pairs(texts) do redis.call('SET', own(key), text, 'EX', 86400) end
  for key, fact in pairs(lists) do redis.call('ZADD', own(key), i, own(fact)) end
end`

/** @param projects how many projects they are about, in turn */
export async function fillWithDecisions(redis: Redis, count: number, projects: number): Promise<void> {
  const id = Number(idSlot)
  const project = { id: Number(projectSlot), path: `meadow/orchard-${projectSlot}`, defaultBranch: 'main' }
  const event = jobEvent({ project, pipeline: id, job: id })
  await createDecisionStore(redis).save({
    reaction: 'fail-fast',
    fact: `fail-fast/${id}/${id}/failed`,
    event,
    at: Date.now(),
    facts: { project: project.id, job: id, pipeline: { id, status: 'running', sha: event.sha, ref: event.ref } },
    because: 'job 90001 is a newer attempt of rspec fail-fast (running)',
    actions: [],
    outcomes: [],
    finished: true,
  })
  await redis.eval(copying, 0, count, projects, Math.floor(project.id / projects) * projects)
}
