import type { PipelineBasic } from '../../src/gitlab/types.ts'
import type { Readers } from '../../src/readers.ts'
import type { SlackFacts } from './facts.ts'
import { readPassed } from './read-failing.ts'
import { isSteady } from './transition.ts'

/** Of so many newer pipelines it is read what they ran. */
const mostRead = 3

/** An older pipeline that ends late says nothing about a ref that is green by now. */
export async function readNewerGreen(facts: SlackFacts, read: Readers): Promise<number | null> {
  const { pipeline, event } = facts
  if (!pipeline || pipeline.status === 'success') return null
  const newer = (await readPipelines(facts, pipeline.source, read)).filter(
    ({ id, status, source }) => id > pipeline.id && status === 'success' && source === pipeline.source,
  )
  if (isSteady(pipeline.source)) return newer[0]?.id ?? null
  const names = (facts.failing ?? []).filter(({ kind }) => kind !== 'pipeline').map(({ name }) => name)
  for (const { id } of newer.slice(0, mostRead)) {
    const passed = new Set(await readPassed(event.project.id, id, read))
    if (names.every((name) => passed.has(name))) return id
  }
  return null
}

/** Newest first. */
const readPipelines = (
  { event, subject }: SlackFacts,
  source: string,
  { gitlab }: Readers,
): Promise<PipelineBasic[]> =>
  event.mergeRequest === null
    ? gitlab.refPipelines(event.project.id, subject.name, { source })
    : gitlab.mergeRequestPipelines(event.targetProject ?? event.project.id, event.mergeRequest)
