import type { RetryOptions } from '../../config/schema.ts'
import type { JobEvent } from '../../src/event.ts'
import { latestAttempts } from '../../src/gitlab/attempts.ts'
import type { Readers } from '../../src/readers.ts'
import type { FlakyTestsFacts } from './facts.ts'

export async function gather(event: JobEvent, read: Readers, retry: RetryOptions): Promise<FlakyTestsFacts> {
  const all = await read.gitlab.pipelineJobs(event.project.id, event.pipeline, { includeRetried: true })
  const latest = latestAttempts(all).find(({ name }) => name === event.name)
  return {
    options: { retry },
    project: event.project.id,
    job: event.job,
    latest: latest
      ? {
          id: latest.id,
          name: latest.name,
          status: latest.status,
          failureReason: latest.failureReason,
          attempts: all.filter(({ name }) => name === event.name).length,
          tracePattern: null,
        }
      : null,
  }
}
