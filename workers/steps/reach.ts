import type { HeadPipeline } from './facts.ts'

export const isInReach = ({ outOfReach }: Pick<HeadPipeline, 'outOfReach'>): boolean => outOfReach === null

type Candidate = Pick<HeadPipeline, 'ofMergeRequest' | 'outOfReach'>

/** The one whose jobs are retried and played: what the merge waits for, else what runs for its branch. Newest first. */
export const pipelineOfJobs = <Pipeline extends Candidate>(pipelines: readonly Pipeline[]): Pipeline | undefined => {
  const inReach = pipelines.filter(isInReach)
  return inReach.find(({ ofMergeRequest }) => ofMergeRequest) ?? inReach[0]
}

/** Why there is none in reach. */
export const noPipeline = ([newest]: readonly HeadPipeline[]): string =>
  newest ? `pipeline ${newest.id} ${newest.outOfReach}` : 'the newest commit has no pipeline'
