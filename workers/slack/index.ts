import type { ProjectConfig } from '../../config/schema.ts'
import type { PipelineEvent } from '../../src/event.ts'
import type { Reaction } from '../../src/reaction.ts'
import type { Readers } from '../../src/readers.ts'
import { hash } from '../../src/store/incident-keys.ts'
import { decide } from './decide.ts'
import type { SlackFacts } from './facts.ts'
import { gather } from './gather.ts'
import { decideLook } from './look.ts'
import { gatherLook, type LookFacts } from './look-gather.ts'
import type { SlackMemory } from './memory.ts'
import { slackReactionOptions } from './options.ts'
import { mayBeTold } from './routes.ts'

/** A pipeline with failed jobs that waits for a person never ends as failed (gitlab composite.rb). */
const telling = new Set(['failed', 'success', 'manual'])

/** Tells Slack of each problem once, in one thread, and when it is over. */
export const slack = (
  configFor: (projectPath: string) => ProjectConfig,
  memory: SlackMemory,
): Reaction<PipelineEvent, SlackFacts | LookFacts> => ({
  name: 'slack',
  on: ['pipeline'],
  wants: ({ status }) => telling.has(status),
  when: (event) => telling.has(event.status) && mayBeTold(event, slackReactionOptions(configFor(event.project.path))),
  fact: factOf,
  settle: ({ status, project, incident }) =>
    status === 'success' || incident ? 0 : configFor(project.path).slack.groupWait,
  gather(event, read) {
    const options = slackReactionOptions(configFor(event.project.path))
    return event.incident
      ? gatherLook(event, event.incident.place, factOf(event), read, memory, options)
      : gather(event, factOf(event), read, memory, options)
  },
  decide: (facts) => ('place' in facts ? decideLook(facts) : decide(facts)),
  sweep: { every: lookEveryMs, look: (read) => findDue(read, memory) },
})

/** Reminders may be late by this. */
const lookEveryMs = 15_000

async function findDue(read: Readers, memory: SlackMemory): Promise<PipelineEvent[]> {
  const found = await memory.due(read.now())
  return found.map(({ place, incident: { event, revision } }) => ({
    ...event,
    at: read.now(),
    asked: 'sweep',
    incident: { place, revision },
  }))
}

/** A pipeline that is retried ends again, perhaps in the same status: that is another fact. */
function factOf({ pipeline, status, finishedAt, newestJob, at, incident }: PipelineEvent): string {
  if (!incident) return `slack/${pipeline}/${status}/${finishedAt ?? at}/${newestJob ?? 0}`
  const { subject, destination } = incident.place
  return `slack-look/${hash(subject)}/${hash(destination)}/${incident.revision}`
}
