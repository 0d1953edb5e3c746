import type { Logger } from 'pino'
import { createLocalBudget, type ScriptRunner, SharedBudget } from './budget.ts'
import { createCaller, type GitLabCall } from './caller.ts'
import type { GitLabReader, GitLabWriter } from './faces.ts'
import { defaultLimits, type Limits } from './limits.ts'
import { createReader } from './reader.ts'
import { createResources } from './resources.ts'
import { createTransport } from './transport.ts'
import { createWriter } from './writer.ts'

export type GitLabDeps = {
  /** Base URL of the instance; may have a path. */
  url: string
  token: string
  log: Logger
  /** Told of each exchange. */
  metrics?: (call: GitLabCall) => void
  /** Where all workers share one budget of calls; without it each process has its own. */
  redis?: ScriptRunner
  limits?: Partial<Limits>
}

export type GitLab = {
  reader: GitLabReader
  writer: GitLabWriter
  /** Waits for the calls that run. */
  close(): Promise<void>
}

/** The gateway to GitLab. */
export const createGitLab = (deps: GitLabDeps): GitLab => {
  const { token, log, redis, metrics } = deps
  const limits = { ...defaultLimits, ...deps.limits }
  const base = new URL(deps.url)
  const transport = createTransport({ url: base, token, limits })
  const budget =
    redis === undefined ? createLocalBudget() : new SharedBudget({ redis, log, callsPerMinute: limits.callsPerMinute })
  const call = createCaller({ base, token, limits, transport, budget, log, metrics })
  const resources = createResources(call, limits)
  const reader = createReader({ call, limits, resources })
  return { reader, writer: createWriter({ resources, reader }), close: transport.close }
}
