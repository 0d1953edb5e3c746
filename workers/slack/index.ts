import type { ProjectConfig } from '../../config/schema.ts'
import type { PipelineEvent } from '../../src/event.ts'
import type { Reaction } from '../../src/reaction.ts'
import { decide } from './decide.ts'
import type { SlackFacts } from './facts.ts'
import { gather } from './gather.ts'
import type { SlackMemory } from './memory.ts'
import { slackReactionOptions } from './options.ts'
import { mayBeTold } from './routes.ts'

/** A pipeline with failed jobs that waits for a person never ends as failed (gitlab composite.rb). */
const telling = new Set(['failed', 'success', 'manual'])

/** Tells Slack of each problem once, in one thread, and when it is over. */
export const slack = (
  configFor: (projectPath: string) => ProjectConfig,
  memory: SlackMemory,
): Reaction<PipelineEvent, SlackFacts> => ({
  name: 'slack',
  on: ['pipeline'],
  wants: ({ status }) => telling.has(status),
  when: (event) => telling.has(event.status) && mayBeTold(event, slackReactionOptions(configFor(event.project.path))),
  fact: factOf,
  settle: ({ status, project }) => (status === 'success' ? 0 : configFor(project.path).slack.groupWait),
  gather: (event, read) =>
    gather(event, factOf(event), read, memory, slackReactionOptions(configFor(event.project.path))),
  decide,
})

/** A pipeline that is retried ends again, perhaps in the same status: that is another fact. */
const factOf = ({ pipeline, status, finishedAt, at }: PipelineEvent) =>
  `slack/${pipeline}/${status}/${finishedAt ?? at}`
