import type { PipelineEvent } from '../../src/event.ts'
import type { MergeRequest, Pipeline } from '../../src/gitlab/types.ts'
import type { Readers } from '../../src/readers.ts'
import { mergeRequestTraits, type Traits, traitsOf } from '../../src/traits.ts'
import { fittingPatterns, variablesAsked } from '../../src/variables.ts'
import type { MergeRequestFacts, PipelineFacts } from './facts.ts'
import type { SlackReactionOptions } from './options.ts'

type Read = {
  pipeline: PipelineFacts
  projectUrl: string
  traits: Traits
  mergeRequest: MergeRequestFacts | null
}

/** The pipeline as it is now, and what conditions ask about it. */
export async function readPipeline(event: PipelineEvent, read: Readers, options: SlackReactionOptions): Promise<Read> {
  const { id: project } = event.project
  const [pipeline, { url, defaultBranch }, mergeRequest] = await Promise.all([
    read.gitlab.pipeline(project, event.pipeline),
    read.gitlab.project(project),
    event.mergeRequest === null ? null : read.gitlab.mergeRequest(event.targetProject ?? project, event.mergeRequest),
  ])
  const about = { ...event.project, defaultBranch: event.project.defaultBranch ?? defaultBranch }
  const known = await readTraits({ ...event, project: about }, pipeline, mergeRequest, read, options)
  const merged = known.refKind === 'merged_result' || known.refKind === 'merge_train'
  return {
    pipeline: { ...pipelineFacts(pipeline, read.now()), commit: (merged && mergeRequest?.sha) || pipeline.sha },
    projectUrl: url,
    traits: known,
    mergeRequest: mergeRequest && { iid: mergeRequest.iid, title: mergeRequest.title, url: mergeRequest.url },
  }
}

const pipelineFacts = (pipeline: Pipeline, now: number): Omit<PipelineFacts, 'commit'> => ({
  id: pipeline.id,
  status: pipeline.status,
  source: pipeline.source,
  sha: pipeline.sha,
  url: pipeline.url,
  duration: pipeline.duration,
  user: pipeline.user && { name: pipeline.user.name, bot: pipeline.user.bot },
  yamlErrors: pipeline.yamlErrors,
  endedAt: Date.parse(pipeline.finishedAt ?? '') || now,
})

/** What conditions ask about a pipeline, as far as routes ask. */
export async function readTraits(
  event: PipelineEvent,
  pipeline: Pick<Pipeline, 'source' | 'ref' | 'tag'>,
  mergeRequest: MergeRequest | null,
  read: Readers,
  { slack, conditions }: SlackReactionOptions,
): Promise<Traits> {
  const asked = variablesAsked(
    slack.routes.flatMap(({ when }) => when),
    conditions,
  )
  const variables = asked && (await read.gitlab.pipelineVariables(event.project.id, event.pipeline))
  return traitsOf({
    projectPath: event.project.path,
    source: pipeline.source,
    ref: pipeline.ref || event.ref,
    tag: pipeline.tag,
    defaultBranch: event.project.defaultBranch,
    protectedRef: null,
    variables: asked && variables && fittingPatterns(variables, asked),
    mergeRequest: mergeRequestTraits(mergeRequest),
  })
}
