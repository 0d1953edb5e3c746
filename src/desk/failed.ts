import type { Command } from 'commander'
import { processVariables, readRedisAccess, type Variables } from '../../config/env.ts'
import { parseConfig } from '../../config/load.ts'
import { createReactions } from '../../workers/reactions.ts'
import { emptyMemory } from '../../workers/slack/memory.ts'
import { createFailedTasks, type FailedTask, type FailedTasks } from '../failed-tasks.ts'
import { createLog } from '../log.ts'
import { mostListed, shown } from '../pages/failed-tasks.ts'
import { createQueues } from '../queue.ts'
import { createRedis } from '../redis/connect.ts'
import { findEmbeddedRedis } from '../redis/embedded.ts'
import { readyWithin } from '../redis/ready.ts'
import { describeRedis, type RedisDescription } from '../redis/url.ts'
import { createDecisionStore } from '../store/decisions.ts'

type FailedOptions = { reaction?: string; retry?: string[]; retryAll?: boolean; json?: boolean }

type FailedResult = { ok: boolean; text: string }

/** `pipewarden failed`: the tasks that were given up, and another try for them. */
export function registerFailed(program: Command): void {
  program
    .command('failed')
    .description('list the tasks that were given up, or try them again; reads REDIS_URL')
    .option('--retry <task...>', 'try these again, as the list names them: REACTION/ID')
    .option('--retry-all', 'try all of them again')
    .option('--reaction <name>', 'only those of this reaction')
    .option('--json', 'print the result as JSON')
    .action(async (options: FailedOptions) => {
      const { ok, text } = await failed(options, processVariables())
      process.stdout.write(`${text}\n`)
      process.exitCode = ok ? 0 : 1
    })
}

/** @throws EnvError, or Error when Redis cannot be reached */
export async function failed(options: FailedOptions, variables: Variables): Promise<FailedResult> {
  const opened = await openTasks(await redisOf(variables))
  try {
    return await answer(options, opened.tasks)
  } finally {
    await opened.close()
  }
}

async function answer(options: FailedOptions, tasks: FailedTasks): Promise<FailedResult> {
  const { reaction, retry, retryAll } = options
  if (reaction !== undefined && !tasks.reactions.includes(reaction)) {
    throw new Error(`there is no reaction "${reaction}"; there are ${tasks.reactions.join(', ')}`)
  }
  if (retryAll) return retried(await tasks.retryAll(reaction), [], options)
  return retry ? retryNamed(retry, tasks, options) : listed(tasks, options)
}

async function redisOf(variables: Variables): Promise<RedisDescription> {
  const { redis, dataDir } = readRedisAccess(variables)
  const found = redis ?? (await findEmbeddedRedis(dataDir))
  if (found) return found
  throw new Error(`REDIS_URL is unset, and no running pipewarden keeps its Redis in PIPEWARDEN_DATA_DIR, ${dataDir}`)
}

const connectingMs = 1_500

async function openTasks(description: RedisDescription) {
  const log = createLog('silent', [])
  const redis = createRedis(description, 'producer', log)
  await readyWithin(redis, connectingMs)
  if (redis.status !== 'ready') {
    redis.disconnect()
    throw new Error(`${describeRedis(description)} does not answer`)
  }
  // Queues are looked into, and no event is judged, so that the configuration does not matter.
  const reactions = createReactions(parseConfig('', 'defaults').configFor, emptyMemory)
  const queues = createQueues({ redis, reactions, log })
  return {
    tasks: createFailedTasks({ queues: queues.all, reactions, decisions: createDecisionStore(redis) }),
    async close() {
      await queues.close()
      redis.disconnect()
    },
  }
}

async function listed(tasks: FailedTasks, { json, reaction }: FailedOptions): Promise<FailedResult> {
  const found = await tasks.list({ ...(reaction ? { reaction } : {}), limit: mostListed })
  if (json) return { ok: true, text: JSON.stringify(found.map(shown)) }
  return { ok: true, text: found.map(lineOf).join('\n') || 'no task has failed' }
}

async function retryNamed(names: readonly string[], tasks: FailedTasks, options: FailedOptions): Promise<FailedResult> {
  const unknown: string[] = []
  for (const name of names) {
    const [reaction = '', id = ''] = name.split('/')
    if (!(await tasks.retry(reaction, id))) unknown.push(name)
  }
  return retried(names.length - unknown.length, unknown, options)
}

function retried(count: number, unknown: readonly string[], { json }: FailedOptions): FailedResult {
  const ok = unknown.length === 0
  if (json) return { ok, text: JSON.stringify({ retried: count, unknown }) }
  const lines = [`${count} ${count === 1 ? 'task waits' : 'tasks wait'} again`]
  return { ok, text: [...lines, ...unknown.map((name) => `no failed task ${name}`)].join('\n') }
}

function lineOf({ reaction, id, at, attempts, error, event }: FailedTask): string {
  const tries = attempts === 1 ? '1 attempt' : `${attempts} attempts`
  const head = `${reaction}/${id}  ${new Date(at).toISOString()}  ${subjectOf(event)}, ${tries}`
  // What GitLab answered must not move the cursor of a terminal.
  return `${head}\n  ${error.replace(/[\p{Cc}\s]+/gu, ' ')}`
}

/** What people look for: the project, the merge request, the pipeline, the job. */
function subjectOf(event: FailedTask['event']): string {
  const { mergeRequest, pipeline, job } = event as { mergeRequest?: number | null; pipeline?: number; job?: number }
  return [
    `${event.project.path}${mergeRequest ? `!${mergeRequest}` : ''}`,
    ...(pipeline ? [`pipeline ${pipeline}`] : []),
    ...(job ? [`job ${job}`] : []),
  ].join(', ')
}
