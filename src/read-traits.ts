import type { JobEvent } from './event.ts'
import { GitLabError } from './gitlab/errors.ts'
import type { GitLabReader } from './gitlab/faces.ts'
import type { MergeRequest, PipelineBasic } from './gitlab/types.ts'
import { mergeRequestTraits, type Traits, traitsOf } from './traits.ts'
import { fittingPatterns, type VariablePatterns } from './variables.ts'

/**
 * What conditions ask about the pipeline of a job. Variables are read only if asked for, since that takes a call and a
 * right of its own, and only what was asked about them is kept, since their values may be secrets.
 *
 * @param pipeline as the job carries it; undefined: only the event is known
 * @param asked what the conditions ask about variables; null: nothing
 */
export async function readTraits(
  event: JobEvent,
  pipeline: PipelineBasic | undefined,
  mergeRequest: MergeRequest | null,
  gitlab: GitLabReader,
  asked: VariablePatterns | null = null,
): Promise<Traits> {
  const variables = asked && (await gitlab.pipelineVariables(event.project.id, event.pipeline))
  const traits = traitsOf({
    projectPath: event.project.path,
    source: pipeline?.source ?? 'unknown',
    ref: pipeline?.ref || event.ref,
    tag: event.tag,
    defaultBranch: event.project.defaultBranch,
    protectedRef: null,
    variables: asked && variables && fittingPatterns(variables, asked),
    mergeRequest: mergeRequestTraits(mergeRequest),
  })
  if (traits.refKind !== 'branch') return traits
  return { ...traits, ...(await readBranch(event, traits.ref, gitlab)) }
}

/** A branch that is gone protects nothing, but nobody can tell whether it did: unknown. */
async function readBranch(event: JobEvent, name: string, gitlab: GitLabReader) {
  try {
    const branch = await gitlab.branch(event.project.id, name)
    const defaultBranch = event.project.defaultBranch ?? (branch.default ? branch.name : null)
    return { protectedRef: branch.protected, defaultBranch }
  } catch (error) {
    if (error instanceof GitLabError && error.status === 404) return { protectedRef: null }
    throw error
  }
}
