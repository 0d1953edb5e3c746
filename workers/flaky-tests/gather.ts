import type { RetryOptions } from '../../config/schema.ts'
import type { JobEvent } from '../../src/event.ts'
import { latestAttempts } from '../../src/gitlab/attempts.ts'
import { readTracePattern } from '../../src/read-trace.ts'
import type { Readers } from '../../src/readers.ts'
import type { FlakyTestsFacts } from './facts.ts'

export async function gather(event: JobEvent, read: Readers, retry: RetryOptions): Promise<FlakyTestsFacts> {
  const all = await read.gitlab.pipelineJobs(event.project.id, event.pipeline, { includeRetried: true })
  const newest = latestAttempts(all).find(({ name }) => name === event.name)
  const latest = newest && {
    id: newest.id,
    name: newest.name,
    status: newest.status,
    failureReason: newest.failureReason,
    attempts: all.filter(({ name }) => name === event.name).length,
    tracePattern: null,
  }
  const facts = { options: { retry }, project: event.project.id, job: event.job }
  if (latest?.id !== event.job || latest.status !== 'failed') return { ...facts, latest: latest ?? null }
  const tracePattern = await readTracePattern(read.gitlab, event.project.id, latest, retry)
  return { ...facts, latest: { ...latest, tracePattern } }
}
