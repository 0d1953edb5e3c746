import type { PipelineEvent } from '../../src/event.ts'
import { GitLabError } from '../../src/gitlab/errors.ts'
import type { Incident, Place } from '../../src/incident.ts'
import type { Readers } from '../../src/readers.ts'
import type { SlackMemory } from './memory.ts'
import type { SlackReactionOptions } from './options.ts'
import { isExpected } from './subject.ts'

/** What was read about an incident that time has passed for. */
export type LookFacts = {
  options: SlackReactionOptions
  now: number
  fact: string
  place: Place
  /** null: there is none any more. */
  incident: Incident | null
  /** What became of the branch or merge request if it is gone; null: it is there. */
  gone: string | null
  /** When the newest run of an expected schedule began, in milliseconds since the epoch; null: none since the last one. */
  ranAt: number | null
}

/** The incident as it is now, and whether it is still a problem. */
export async function gatherLook(
  event: PipelineEvent,
  place: Place,
  fact: string,
  read: Readers,
  memory: SlackMemory,
  options: SlackReactionOptions,
): Promise<LookFacts> {
  const incidents = await memory.incidents(place.project, place.subject)
  const incident = incidents[place.destination] ?? null
  const expected = isExpected(place.subject)
  return {
    options,
    now: read.now(),
    fact,
    place,
    incident,
    gone: expected ? null : await readGone(event, read),
    ranAt: expected && incident ? await readRun(event, incident, read) : null,
  }
}

async function readGone(event: PipelineEvent, { gitlab }: Readers): Promise<string | null> {
  const { mergeRequest, targetProject, project, ref, tag } = event
  if (tag) return null
  if (mergeRequest === null) return isGone(gitlab.branch(project.id, ref), 'the branch')
  const reading = gitlab.mergeRequest(targetProject ?? project.id, mergeRequest)
  const gone = await isGone(reading, 'the merge request')
  const { state } = gone === null ? await reading : { state: 'gone' }
  return gone ?? (state === 'opened' || state === 'locked' ? null : `The merge request was ${state}`)
}

async function isGone(reading: Promise<unknown>, what: string): Promise<string | null> {
  try {
    await reading
    return null
  } catch (error) {
    if (error instanceof GitLabError && error.status === 404) return `${what} is gone`.replace(/^t/, 'T')
    throw error
  }
}

/** A hook may have been lost, or the run takes longer than it should: GitLab knows better. */
async function readRun(event: PipelineEvent, { since }: Incident, { gitlab }: Readers): Promise<number | null> {
  const pipelines = await gitlab.refPipelines(event.project.id, event.ref, { source: event.source })
  const newest = Math.max(0, ...pipelines.map(({ createdAt }) => Date.parse(createdAt ?? '') || 0))
  return newest > since ? newest : null
}
