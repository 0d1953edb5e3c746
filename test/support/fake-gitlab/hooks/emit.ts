import type { Deployment, Issue, Job, MergeRequest, Note, Pipeline, Project, User } from '../types.ts'
import type { World } from '../world.ts'
import { deploymentPayload } from './deployment-payload.ts'
import { issuePayload } from './issue-payload.ts'
import { jobPayload } from './job-payload.ts'
import { type MergeRequestChange, mergeRequestPayload } from './merge-request-payload.ts'
import { notePayload } from './note-payload.ts'
import { pipelinePayload } from './pipeline-payload.ts'
import { type Push, pushPayload } from './push-payload.ts'

/** Payloads are made at once, from the state of this moment. Events of blocked users' jobs and pipelines are not sent. */
export const emitJob = (world: World, job: Job): void => {
  if (!job.user.blocked) world.emit(job.pipeline.project, 'job_events', jobPayload(world, job))
}

export const emitPipeline = (world: World, pipeline: Pipeline): void => {
  if (!pipeline.user.blocked) world.emit(pipeline.project, 'pipeline_events', pipelinePayload(world, pipeline))
}

export const emitDeployment = (world: World, deployment: Deployment): void =>
  world.emit(deployment.job.pipeline.project, 'deployment_events', deploymentPayload(world, deployment))

export const emitMergeRequest = (world: World, mergeRequest: MergeRequest, change: MergeRequestChange): void =>
  world.emit(mergeRequest.project, 'merge_requests_events', mergeRequestPayload(world, mergeRequest, change))

/** Notes of the bot itself are sent too; system notes are not. Internal notes go to hooks that ask for confidential ones. */
export const emitNote = (world: World, on: MergeRequest, note: Note, action: 'create' | 'update'): void => {
  if (note.system) return
  const trigger = note.internal ? 'confidential_note_events' : 'note_events'
  world.emit(on.project, trigger, notePayload(world, on, note, action))
}

export const emitPush = (world: World, project: Project, push: Push): void =>
  world.emit(project, push.tag ? 'tag_push_events' : 'push_events', pushPayload(world, project, push))

export const emitIssue = (world: World, issue: Issue, user: User, action: string): void =>
  world.emit(issue.project, 'issues_events', issuePayload(world, issue, user, action))
