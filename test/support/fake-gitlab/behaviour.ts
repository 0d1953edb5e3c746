/** How the fake instance behaves where GitLab's answers depend on its version, its load or its settings. */
export type Behaviour = {
  /** Milliseconds before every answer. */
  latency: number
  /** Milliseconds for which a new pipeline, job or merge request answers 404: a read replica that lags. */
  replicaLag: number
  /** Milliseconds between the answer to a cancel and its effect; 0: the effect comes first. */
  cancelDelay: number
  /** Milliseconds a job stays `canceling` when its runner ends jobs gracefully. */
  cancelingTime: number
  /** Cancels answer 200 and do nothing, as GitLab does when its own limit on cancels is exceeded. */
  throttleCancel: boolean
  /** `/trigger_jobs` exists (19.2); without it only `/bridges` does. */
  triggerJobs: boolean
  /** Milliseconds for which a test report is answered from the cache. */
  testReportCache: number
  /** Milliseconds after creation in which `diff_refs` of a merge request is null. */
  diffRefsDelay: number
  /** Artifact downloads answer 302 to another host, as with object storage. */
  artifactsElsewhere: boolean
  /** Lists longer than this carry no totals. */
  countLimit: number
  /** Times in payloads: `2026-09-14 08:00:00 UTC` or ISO 8601; both occur. */
  hookTimes: 'ruby' | 'iso'
  /** GitLab promises no order; one after the other is easier to read. */
  hookOrder: 'sequential' | 'parallel'
  /** Milliseconds. */
  hookTimeout: number
  /** At most so many requests in so many seconds per user; null: no limit. */
  rateLimit: { requests: number; seconds: number } | null
}

export const defaultBehaviour: Behaviour = {
  latency: 0,
  replicaLag: 0,
  cancelDelay: 0,
  cancelingTime: 20,
  throttleCancel: false,
  triggerJobs: true,
  testReportCache: 120_000,
  diffRefsDelay: 0,
  artifactsElsewhere: false,
  countLimit: 10_000,
  hookTimes: 'ruby',
  hookOrder: 'sequential',
  hookTimeout: 10_000,
  rateLimit: null,
}
