import { findCommit } from '../git.ts'
import type { Commit, Job, MergeRequest, Pipeline } from '../types.ts'
import { hasRole } from './auth.ts'
import { forbidden, notFound } from './errors.ts'
import type { ProjectCall } from './route.ts'

type AnyCall = ProjectCall<unknown>

/** Reads may come from a replica that has not heard of a new object yet; writes see everything. */
const isVisible = (call: AnyCall, object: { bornAt: number }): boolean =>
  call.method !== 'GET' || Date.now() - object.bornAt >= call.world.behaviour.replicaLag

export const findPipeline = (call: AnyCall): Pipeline => {
  const id = call.number('pipeline_id')
  const pipeline = call.project.pipelines.find((candidate) => candidate.id === id)
  if (pipeline === undefined || !isVisible(call, pipeline)) throw notFound()
  return pipeline
}

/** Jobs and trigger jobs; commit statuses have no address of their own. */
export const findProcessable = (call: AnyCall): Job => {
  const id = call.number('job_id')
  const jobs = call.project.pipelines.flatMap((pipeline) => pipeline.jobs)
  const job = jobs.find((candidate) => candidate.id === id && candidate.kind !== 'external')
  if (job === undefined || !isVisible(call, job)) throw notFound()
  return job
}

/** Trigger jobs are not found by the calls for jobs. */
export const findBuild = (call: AnyCall): Job => {
  const job = findProcessable(call)
  if (job.kind !== 'build') throw notFound()
  return job
}

export const findMergeRequest = (call: AnyCall): MergeRequest => {
  const iid = call.number('merge_request_iid')
  const mergeRequest = call.project.mergeRequests.find((candidate) => candidate.iid === iid)
  if (mergeRequest === undefined || !isVisible(call, mergeRequest)) throw notFound()
  return mergeRequest
}

export const commitOf = (call: AnyCall): Commit => {
  const commit = findCommit(call.project, call.segment('sha'))
  if (commit === null) throw notFound('Commit')
  return commit
}

/** Pipelines of protected branches may be touched only by those who may push there. */
export const requireRightOnRef = (call: AnyCall, ref: string): void => {
  if (!call.project.branches.get(ref)?.protected) return
  if (!hasRole(call.project, call.user, 'maintainer')) throw forbidden()
}
