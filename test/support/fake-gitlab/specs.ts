/** Jobs and pipelines as a test describes them; what is left out is as GitLab would make it. */

import type { CiStatus, MergeRequest, Project, User } from './types.ts'

export type TestCaseSpec = {
  name: string
  classname?: string
  file?: string
  status: 'success' | 'failed' | 'error' | 'skipped'
  output?: string
  recentFailures?: number
}

export type JobWhen = 'on_success' | 'on_failure' | 'always' | 'manual' | 'delayed'

/** A job as a test describes it. Without `status` it is created and started as its stage or needs allow. */
export type JobSpec = {
  name: string
  stage?: string
  status?: CiStatus
  allowFailure?: boolean
  when?: JobWhen
  environment?: string
  /** Seconds that it took, or will have taken when it is finished. */
  duration?: number
  failureReason?: string
  needs?: string[]
  /** Automatic attempts after a failure (`retry:` in the configuration). */
  retry?: number
  interruptible?: boolean
  /** The runner can end a job gracefully, so cancelling goes through `canceling`. */
  supportsCanceling?: boolean
  artifacts?: Record<string, string | Buffer>
  /** The bytes of the zip archive, in place of what `artifacts` would make: for archives that no runner makes. */
  archive?: Buffer
  artifactsExpired?: boolean
  testReport?: TestCaseSpec[]
  trace?: string
}

/** A trigger job: `downstream` is a child pipeline unless it names another project. */
export type BridgeSpec = {
  name: string
  stage?: string
  status?: CiStatus
  allowFailure?: boolean
  /** `strategy: depend`: the bridge mirrors its downstream pipeline; otherwise it succeeds at once. */
  depend?: boolean
  downstream?: DownstreamSpec
}

export type DownstreamSpec = { project?: Project; ref?: string; jobs: JobSpec[]; bridges?: BridgeSpec[] }

export type PipelineSpec = {
  source?: string
  ref?: string
  sha?: string
  tag?: boolean
  user?: User
  name?: string
  mergeRequest?: MergeRequest
  stages?: string[]
  variables?: { key: string; value: string }[]
  jobs?: JobSpec[]
  bridges?: BridgeSpec[]
  /** Sends no webhooks about the creation. */
  silent?: boolean
  /** Cancels older pipelines of the ref whose started jobs are all interruptible, as a push does. */
  cancelRedundant?: boolean
}
