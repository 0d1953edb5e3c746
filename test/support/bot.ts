import { readEnv } from '../../config/env.ts'
import { parseConfig } from '../../config/load.ts'
import { type Roles, type Running, start } from '../../src/index.ts'
import { createLog } from '../../src/log.ts'
import type { FakeGitLab } from './fake-gitlab/index.ts'
import { startTestRedis, type TestRedis } from './redis.ts'

export const webhookSecret = 'a secret of the hook'

export type BotOptions = {
  gitlab: FakeGitLab
  token: string
  redis: Pick<TestRedis, 'url'>
  /** The configuration file's text. */
  config?: string
  roles?: Roles
  variables?: Record<string, string>
  /** Gets every line of the log. */
  log?: (line: string) => void
}

/** The bot in this process, on a free port of the loopback interface, as its entry file would start it. */
export function startBot(options: BotOptions): Promise<Running> {
  const env = readEnv({
    GITLAB_URL: options.gitlab.url,
    GITLAB_TOKEN: options.token,
    GITLAB_WEBHOOK_SECRET: webhookSecret,
    REDIS_URL: options.redis.url,
    HOST: '127.0.0.1',
    PORT: '0',
    ...options.variables,
  })
  const config = parseConfig(options.config ?? '', 'test.yaml', { slackChannel: env.slack.channel })
  const log = createLog('debug', [], { write: options.log ?? (() => undefined) })
  return start(env, config, options.roles ?? { receiver: true, worker: true }, log)
}

/** Looks again until it is so, or fails with what was seen last. */
export async function eventually<T>(
  look: () => T | Promise<T>,
  isSo: (seen: T) => boolean,
  timeoutMs = 15_000,
): Promise<T> {
  const deadline = Date.now() + timeoutMs
  for (;;) {
    const seen = await look()
    if (isSo(seen)) return seen
    if (Date.now() > deadline)
      throw new Error(`still not so after ${timeoutMs} ms: ${JSON.stringify(seen)?.slice(0, 2000)}`)
    await new Promise((resolve) => setTimeout(resolve, 25))
  }
}

export { startTestRedis, type TestRedis }
