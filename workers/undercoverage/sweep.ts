import type { ProjectConfig } from '../../config/schema.ts'
import type { PipelineBasic } from '../../src/gitlab/types.ts'
import { mergeRequestOfRef } from '../../src/merge-request-ref.ts'
import type { Sweep } from '../../src/reaction.ts'
import type { Readers } from '../../src/readers.ts'
import { sweepEvent, type UndercoverageEvent } from './events.ts'

const every = 5 * 60_000

type ConfigFor = (projectPath: string) => ProjectConfig

/**
 * Finds statuses of ours that still wait, so that none is left behind by an event that never came or a bot that was down.
 * What Redis lost, GitLab knows: a status that waits keeps its pipeline alive.
 */
export const sweep = (configFor: ConfigFor): Sweep<UndercoverageEvent> => ({
  every,
  async look(read, serves) {
    const wanted = (path: string) => serves(path) && configFor(path).undercoverage.enabled
    const remembered = (await read.waiting.list()).map(({ project, path, pipeline, mergeRequest }) =>
      sweepEvent({ id: project, path, defaultBranch: null }, { pipeline, mergeRequest }, read.now()),
    )
    const lost = (await read.waiting.mayHaveForgotten()) ? await readAlive(read, wanted) : []
    const known = new Set(remembered.map(({ pipeline }) => pipeline))
    return [...remembered, ...lost.filter(({ pipeline }) => !known.has(pipeline))]
  },
  kept: ({ waiting }) => waiting.isComplete(),
})

/** Of the projects that were active last. */
async function readAlive({ gitlab, now }: Readers, wanted: (path: string) => boolean) {
  const projects = (await gitlab.memberProjects()).filter(({ path }) => wanted(path))
  const found = []
  for (const { id, path, defaultBranch } of projects) {
    const pipelines = (await gitlab.alivePipelines(id)).filter(isOfMergeRequest)
    for (const { id: pipeline, ref } of pipelines) {
      const mergeRequest = mergeRequestOfRef(ref)
      if (mergeRequest) found.push(sweepEvent({ id, path, defaultBranch }, { pipeline, mergeRequest }, now()))
    }
  }
  return found
}

const isOfMergeRequest = ({ source }: PipelineBasic): boolean => source === 'merge_request_event'
