import { createHash } from 'node:crypto'
import type { ProjectConfig } from '../../config/schema.ts'
import type { GitLabEvent, JobEvent, MergeRequestEvent, PipelineEvent, ProjectRef } from '../../src/event.ts'
import type { EventHead } from '../../src/event-head.ts'
import { nameMatcher } from '../../src/match.ts'
import type { Told } from '../../src/told.ts'
import { remembering } from './remembering.ts'

export type UndercoverageEvent = PipelineEvent | JobEvent | MergeRequestEvent

type Options = ProjectConfig['undercoverage']

/** A retried job shows as `pending`; of jobs that were skipped or wait for a person no event tells. */
const jobStatuses: ReadonlySet<string> = new Set(['pending', 'success', 'failed', 'canceled'])
const sources: ReadonlySet<string> = new Set(['merge_request_event', 'parent_pipeline'])

/** Most events are told apart here: running jobs, and pipelines of branches, tags and schedules. */
export function wants({ kind, status, source }: EventHead): boolean {
  if (kind === 'job') return jobStatuses.has(status)
  return source === null || sources.has(source)
}

export function wakes(event: UndercoverageEvent, options: Options, told?: Told): boolean {
  if (!options.enabled) return false
  switch (event.kind) {
    case 'pipeline':
      return isOfMergeRequest(event) && mayHaveCoverage(told, options)
    case 'job':
      return concernsCoverage(event, options)
    case 'merge_request':
      return event.state === 'opened' && mayChangeSkipLabel(event, options)
    default:
      return event satisfies never
  }
}

/** GitLab's list of what was there before may be empty although there were labels: then only reading them tells. */
function mayChangeSkipLabel({ labelChange }: MergeRequestEvent, { skipLabels }: Options): boolean {
  if (!labelChange || skipLabels.length === 0) return false
  const { previous, current } = labelChange
  return previous.length === 0 || skipLabels.some((label) => previous.includes(label) || current.includes(label))
}

/** A fork's own pipelines have jobs and commits that the bot has no rights on. */
const isOfMergeRequest = ({ source, mergeRequest, targetProject, project }: PipelineEvent): boolean =>
  sources.has(source) && mergeRequest !== null && (targetProject ?? project.id) === project.id

/** Jobs of child pipelines are told by events of their own. */
const mayHaveCoverage = (told: Told | undefined, { jobs }: Options): boolean =>
  told?.jobNames?.some(remembering(nameMatcher(jobs))) ?? true

/** Any job that failed or was cancelled may be why a coverage job is skipped, which no event tells. */
function concernsCoverage({ name, status, mergeRequest, ref, allowFailure }: JobEvent, { jobs }: Options): boolean {
  if (mergeRequest === null || ref.endsWith('/train') || !jobStatuses.has(status)) return false
  if (nameMatcher(jobs)(name)) return true
  return status === 'canceled' || (status === 'failed' && !allowFailure)
}

/** Names what is told; a job that is retried has a new id, and a pipeline that goes on ends once more. */
export function factOf(event: UndercoverageEvent): string {
  const subject = event.kind === 'merge_request' ? `!${event.mergeRequest}` : event.pipeline
  if (event.asked) return `undercoverage/${subject}/${event.asked}/${event.at}`
  switch (event.kind) {
    case 'pipeline':
      return `undercoverage/${subject}/${event.status}/${event.newestJob ?? ''}/${event.finishedAt ?? ''}`
    case 'job':
      return `undercoverage/${subject}/${event.job}/${event.status}`
    case 'merge_request':
      return `undercoverage/${subject}/labels/${event.updatedAt ?? event.at}/${digest(event.labels)}`
    default:
      return event satisfies never
  }
}

const digest = (labels: readonly string[]): string =>
  createHash('sha1').update(labels.toSorted().join('\n')).digest('base64url')

/** Everything about one pipeline is looked at together and one after the other, so that it is judged once. */
export function subjectOf(event: UndercoverageEvent): string {
  const { id } = event.project
  return `undercoverage/${id}/${event.kind === 'merge_request' ? `!${event.mergeRequest}` : rootOf(event)}`
}

/** The pipeline that a child's jobs count for; a grandchild names its parent here. */
export const rootOf = ({ upstream, pipeline, project }: PipelineEvent | JobEvent): number =>
  upstream && upstream.project === project.id ? upstream.pipeline : pipeline

/** Wakes the reaction for a pipeline that nobody tells of. */
export const sweepEvent = (
  project: ProjectRef,
  { pipeline, mergeRequest }: { pipeline: number; mergeRequest: number },
  at: number,
): PipelineEvent => ({
  kind: 'pipeline',
  asked: 'sweep',
  at,
  project,
  pipeline,
  mergeRequest,
  status: 'running',
  source: 'merge_request_event',
  ref: '',
  tag: false,
  sha: '',
  targetProject: project.id,
  newestJob: null,
  finishedAt: null,
  upstream: null,
})

/** Whether one of the events asks for it. */
export const asks = (batch: readonly GitLabEvent[], what: 'sweep' | 'recheck'): boolean =>
  batch.some(({ asked }) => asked === what)
