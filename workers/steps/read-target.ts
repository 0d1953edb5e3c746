import { GitLabError } from '../../src/gitlab/errors.ts'
import type { GitLabReader } from '../../src/gitlab/faces.ts'
import type { Project } from '../../src/gitlab/types.ts'
import type { Step, Target } from './facts.ts'
import { fillTemplate, isTemplate, type TemplateValues } from './template.ts'

type Trigger = Extract<Step, { type: 'trigger' }>

/** In the new pipeline it tells who asked; also in the hands of those who debug a circle. */
const triggeredByVariable = 'PIPEWARDEN_TRIGGERED_BY'

/** What a `trigger` means for this merge request. */
export async function readTarget(trigger: Trigger, values: TemplateValues, gitlab: GitLabReader): Promise<Target> {
  const { project: path } = trigger
  const project = await orNull(gitlab.project(path))
  if (!project) return { path, problem: `the project ${path} does not exist, or the bot cannot see it` }
  const ref = await readRef(trigger.ref, project, values, gitlab)
  if (!ref) return { path, problem: `the project ${path} has no default branch` }
  const filled = Object.entries(trigger.variables).map(([key, value]) => [key, fillTemplate(value, values)])
  const variables = {
    ...Object.fromEntries(filled),
    [triggeredByVariable]: `${values.project}!${values.merge_request}`,
  }
  const [newest] = await gitlab.pipelinesOfRef(project.id, ref)
  return { path, project: project.id, ref, variables, newest: newest?.id ?? 0 }
}

/** Only a branch made of a template may be missing: then the default branch is meant. */
async function readRef(
  ref: string | null,
  { id, defaultBranch }: Project,
  values: TemplateValues,
  gitlab: GitLabReader,
): Promise<string | null> {
  if (ref === null) return defaultBranch
  if (!isTemplate(ref)) return ref
  const branch = await orNull(gitlab.branch(id, fillTemplate(ref, values)))
  return branch?.name ?? defaultBranch
}

async function orNull<T>(promise: Promise<T>): Promise<T | null> {
  try {
    return await promise
  } catch (error) {
    if (error instanceof GitLabError && error.status === 404) return null
    throw error
  }
}
