import { GitLabError } from '../../src/gitlab/errors.ts'
import type { PipelineBasic } from '../../src/gitlab/types.ts'
import type { Readers } from '../../src/readers.ts'
import type { RememberedStatus } from './facts.ts'
import { readCurrent } from './read-standing.ts'

/** GitLab reads from replicas, and what is remembered is not set yet: younger ones may only not show. In milliseconds. */
const settledAfter = 600_000

type Where = { project: number; pipeline: number }

/**
 * What is remembered as waiting in a pipeline, as GitLab has it.
 *
 * @param root null: GitLab has the pipeline no more
 */
export async function readRemembered(
  { project, pipeline }: Where,
  root: PipelineBasic | null,
  { gitlab, waiting, now }: Pick<Readers, 'gitlab' | 'waiting' | 'now'>,
): Promise<RememberedStatus[]> {
  const all = await waiting.list()
  const ours = all.filter((one) => one.project === project && one.pipeline === pipeline)
  return Promise.all(
    ours.map(async ({ name, since }) => ({
      name,
      since,
      pipeline,
      isSettled: now() - since > settledAfter,
      current: root && (await readCurrent(root, name, gitlab)),
    })),
  )
}

/** Whether a pipeline was deleted. A project that is not shown may come back, and its statuses with it: that throws. */
export async function isGone({ project, pipeline }: Where, { gitlab }: Pick<Readers, 'gitlab'>): Promise<boolean> {
  await gitlab.project(project)
  try {
    await gitlab.pipeline(project, pipeline)
    return false
  } catch (error) {
    if (error instanceof GitLabError && error.kind === 'not_found') return true
    throw error
  }
}
