import type { PipelineEvent } from '../../src/event.ts'
import { GitLabError } from '../../src/gitlab/errors.ts'
import type { Incident, Place } from '../../src/incident.ts'
import type { Readers } from '../../src/readers.ts'
import { type Expectation, expectations, isExpected } from './expected.ts'
import type { SlackMemory } from './memory.ts'
import type { SlackReactionOptions } from './options.ts'
import { readTraits } from './read-pipeline.ts'
import { fitsPipeline, mayFit } from './routes.ts'
import { subjectOf } from './subject.ts'

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
  /** How often a run is expected, in milliseconds; null: no route expects one any more. */
  every: number | null
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
  const about = { options, now: read.now(), fact, place, incident }
  if (!isExpected(place.subject)) return { ...about, gone: await readGone(event, read), every: null, ranAt: null }
  const expected = expectationAt(place, event, options)
  const ranAt = expected && incident ? await readRun(event, incident, expected, read, options) : null
  return { ...about, gone: null, every: expected?.every ?? null, ranAt }
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

const expectationAt = (place: Place, event: PipelineEvent, options: SlackReactionOptions): Expectation | null =>
  expectations(options, subjectOf(event), event.source, (route) => mayFit(route, event)).find(
    ({ subject, destination }) => subject === place.subject && destination === place.destination,
  ) ?? null

/** Other schedules of the branch may run more often. */
const mostRunsRead = 50

/** A hook may have been lost, or the run takes longer than it should: GitLab knows better. */
async function readRun(
  event: PipelineEvent,
  { since }: Incident,
  { route }: Expectation,
  read: Readers,
  options: SlackReactionOptions,
): Promise<number | null> {
  const pipelines = await read.gitlab.refPipelines(event.project.id, event.ref, { source: event.source })
  const runs = pipelines
    .map((pipeline) => ({ pipeline, at: Date.parse(pipeline.createdAt ?? '') || 0 }))
    .filter(({ at }) => at > since)
    .sort((one, other) => other.at - one.at)
  for (const { pipeline, at } of runs.slice(0, mostRunsRead)) {
    const traits = await readTraits(
      { ...event, pipeline: pipeline.id },
      { ...pipeline, tag: event.tag },
      null,
      read,
      options,
    )
    if (fitsPipeline(route, { options, traits })) return at
  }
  return null
}
