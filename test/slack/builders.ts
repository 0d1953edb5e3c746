import type { PipelineEvent } from '../../src/event.ts'
import type { Failing, Incident } from '../../src/incident.ts'
import { traitsOf } from '../../src/traits.ts'
import type { CommitFacts, PipelineFacts, SlackFacts } from '../../workers/slack/facts.ts'
import { slackReactionOptions } from '../../workers/slack/options.ts'
import { subjectOf } from '../../workers/slack/subject.ts'
import { configOf } from '../support/builders.ts'

const host = 'https://gitlab.test/meadow/orchard'
export const noon = Date.parse('2026-03-02T12:00:00Z')

export const pipelineEvent = (change: Partial<PipelineEvent> = {}): PipelineEvent => ({
  kind: 'pipeline',
  at: noon,
  project: { id: 41, path: 'meadow/orchard', defaultBranch: 'main' },
  pipeline: 900,
  status: 'failed',
  finishedAt: noon,
  source: 'push',
  ref: 'main',
  tag: false,
  sha: 'b1946ac92492d2347c6235b4d2611184b1946ac9',
  mergeRequest: null,
  targetProject: null,
  newestJob: null,
  upstream: null,
  ...change,
})

export const failing = (change: Partial<Failing> = {}): Failing => ({
  name: 'rspec',
  kind: 'job',
  stage: 'test',
  url: `${host}/-/jobs/5001`,
  reason: 'script_failure',
  downstream: null,
  pipeline: 900,
  source: 'push',
  at: noon,
  ...change,
})

export const incident = (change: Partial<Incident> = {}): Incident => ({
  revision: 1,
  by: 'slack/900/failed/1',
  state: 'red',
  failing: [failing()],
  since: noon - 3_600_000,
  toldAt: noon - 3_600_000,
  seen: { push: 899 },
  event: pipelineEvent(),
  hearing: { tells: ['failed', 'recovered'], jobs: [], mention: [] },
  due: null,
  thread: 1,
  ...change,
})

export const pipelineFacts = (change: Partial<PipelineFacts> = {}): PipelineFacts => ({
  id: 900,
  status: 'failed',
  source: 'push',
  sha: 'b1946ac92492d2347c6235b4d2611184b1946ac9',
  commit: 'b1946ac92492d2347c6235b4d2611184b1946ac9',
  url: `${host}/-/pipelines/900`,
  duration: 720,
  user: { name: 'Imke', bot: false },
  yamlErrors: null,
  endedAt: noon,
  ...change,
})

const commitFacts = (): CommitFacts => ({
  sha: 'b1946ac92492d2347c6235b4d2611184b1946ac9',
  title: 'Count the apples',
  author: 'Imke Braun',
  url: `${host}/-/commit/b1946ac92492d2347c6235b4d2611184b1946ac9`,
})

export type FactsChange = Partial<Omit<SlackFacts, 'options'>> & { yaml?: string }

/** Everything was read; the configuration's channel is #ci. */
export function slackFacts({ yaml = 'slack: {routes: [{channel: "#ci"}]}', ...change }: FactsChange = {}): SlackFacts {
  const event = change.event ?? pipelineEvent()
  const pipeline = change.pipeline ?? pipelineFacts({ status: event.status, source: event.source, id: event.pipeline })
  return {
    options: slackReactionOptions(configOf(yaml)),
    now: noon,
    event,
    fact: `slack/${event.pipeline}/${event.status}/1`,
    subject: subjectOf(event),
    incidents: {},
    expected: {},
    pipeline,
    projectUrl: host,
    traits: traitsOf({
      projectPath: 'meadow/orchard',
      source: event.source,
      ref: event.ref,
      tag: event.tag,
      defaultBranch: 'main',
      protectedRef: null,
      mergeRequest: null,
      variables: null,
    }),
    mergeRequest: null,
    failing: event.status === 'success' ? [] : [failing({ pipeline: event.pipeline, source: event.source })],
    passed: [],
    commit: commitFacts(),
    author: null,
    newerGreen: null,
    tests: null,
    ...change,
  }
}
