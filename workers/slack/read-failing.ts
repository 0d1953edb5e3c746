import { latestAttempts } from '../../src/gitlab/attempts.ts'
import type { Bridge, Job } from '../../src/gitlab/types.ts'
import type { Failing } from '../../src/incident.ts'
import type { Readers } from '../../src/readers.ts'
import type { SlackFacts } from './facts.ts'

/** Longer lists say no more. */
const kept = 100

/** What made the pipeline fail: jobs and trigger jobs, else statuses set from outside, else the pipeline itself. */
export async function readFailing(facts: SlackFacts, read: Readers): Promise<Failing[]> {
  const { event } = facts
  const [jobs, bridges] = await Promise.all([
    read.gitlab.pipelineJobs(event.project.id, event.pipeline),
    read.gitlab.pipelineBridges(event.project.id, event.pipeline),
  ])
  const failed = [
    ...latestAttempts(jobs)
      .filter(counts)
      .map((job) => ofJob(job, facts)),
    ...latestBridges(bridges)
      .filter(counts)
      .map((bridge) => ofBridge(bridge, facts)),
  ]
  if (failed.length > 0 || facts.pipeline?.status !== 'failed') return failed.slice(0, kept)
  const statuses = await readStatuses(facts, jobs, read)
  return statuses.length > 0 ? statuses.slice(0, kept) : [ofPipeline(facts)]
}

/** Names of jobs that succeeded, allowed failures not among them. */
export async function readPassed(project: number, pipeline: number, read: Readers): Promise<string[]> {
  const [jobs, bridges] = await Promise.all([
    read.gitlab.pipelineJobs(project, pipeline),
    read.gitlab.pipelineBridges(project, pipeline),
  ])
  return [...latestAttempts(jobs), ...latestBridges(bridges)].flatMap(({ name, status }) =>
    status === 'success' ? [name] : [],
  )
}

const counts = ({ status, allowFailure }: Job | Bridge): boolean => status === 'failed' && !allowFailure

/** As with jobs, of equal names the highest id is the one that counts. */
function latestBridges(bridges: readonly Bridge[]): Bridge[] {
  const latest = new Map<string, Bridge>()
  for (const bridge of bridges) {
    const known = latest.get(bridge.name)
    if (!known || known.id < bridge.id) latest.set(bridge.name, bridge)
  }
  return [...latest.values()]
}

const origin = ({ event, pipeline, now }: SlackFacts) => ({
  at: now,
  pipeline: event.pipeline,
  source: pipeline?.source ?? event.source,
})

const ofJob = ({ name, stage, url, failureReason }: Job, facts: SlackFacts): Failing => ({
  name,
  kind: 'job',
  stage,
  url,
  reason: failureReason,
  downstream: null,
  ...origin(facts),
})

const ofBridge = ({ name, stage, url, downstream }: Bridge, facts: SlackFacts): Failing => ({
  name,
  kind: 'bridge',
  stage,
  url,
  reason: downstream ? null : 'no downstream pipeline was created',
  downstream: downstream && { id: downstream.id, url: downstream.url },
  ...origin(facts),
})

/** Statuses that others set on the commit count in the pipeline, but are no jobs; the list has the jobs too. */
async function readStatuses(facts: SlackFacts, jobs: readonly Job[], read: Readers): Promise<Failing[]> {
  const { event, pipeline } = facts
  const sha = pipeline?.sha ?? event.sha
  const statuses = await read.gitlab.commitStatuses(event.project.id, sha, { pipeline: event.pipeline })
  const ids = new Set(jobs.map(({ id }) => id))
  return statuses
    .filter(({ id, status }) => status === 'failed' && !ids.has(id))
    .map(({ name, description, targetUrl }) => ({
      name,
      kind: 'status' as const,
      stage: '',
      url: targetUrl ?? pipeline?.url ?? '',
      reason: description,
      downstream: null,
      ...origin(facts),
    }))
}

/** A broken configuration, or jobs that never found a runner. */
const ofPipeline = (facts: SlackFacts): Failing => ({
  name: 'the pipeline itself',
  kind: 'pipeline',
  stage: '',
  url: facts.pipeline?.url ?? '',
  reason: facts.pipeline?.yamlErrors ?? null,
  downstream: null,
  ...origin(facts),
})
