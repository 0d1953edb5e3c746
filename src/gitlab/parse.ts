/** GitLab's JSON in our own types: tolerant of nulls, of missing fields and of new ones; ids and statuses must be there. */

import type { CiStatus } from '../event.ts'
import {
  type Fields,
  fieldsOf,
  flag,
  list,
  needNested,
  needNumber,
  needText,
  nested,
  number,
  text,
  time,
} from './fields.ts'
import type {
  Artifact,
  Branch,
  Bridge,
  CommitStatus,
  Deployment,
  Job,
  MergeRequest,
  Note,
  Pipeline,
  PipelineBasic,
  Project,
  User,
} from './types.ts'

const status = (fields: Fields): CiStatus => needText(fields, 'status') as CiStatus

/** Users of access tokens (app/services/resource_access_tokens/create_service.rb). */
const tokenUser = /^(?:project|group)_\d{1,20}_bot/

export const parseUser = (value: unknown): User => {
  const fields = fieldsOf(value)
  const username = needText(fields, 'username')
  return {
    id: needNumber(fields, 'id'),
    username,
    name: text(fields, 'name') ?? username,
    bot: flag(fields, 'bot') || tokenUser.test(username),
  }
}

/** @param project Where it was asked for: old versions do not say. */
export const parsePipelineBasic =
  (project: number) =>
  (value: unknown): PipelineBasic => {
    const fields = fieldsOf(value)
    return {
      id: needNumber(fields, 'id'),
      iid: number(fields, 'iid'),
      project: number(fields, 'project_id') ?? project,
      sha: needText(fields, 'sha'),
      ref: text(fields, 'ref') ?? '',
      status: status(fields),
      source: text(fields, 'source') ?? 'unknown',
      url: text(fields, 'web_url') ?? '',
      createdAt: time(fields, 'created_at'),
    }
  }

export const parsePipeline =
  (project: number) =>
  (value: unknown): Pipeline => {
    const fields = fieldsOf(value)
    return {
      ...parsePipelineBasic(project)(value),
      tag: flag(fields, 'tag'),
      user: nested(fields, 'user', parseUser),
      duration: number(fields, 'duration'),
      startedAt: time(fields, 'started_at'),
      finishedAt: time(fields, 'finished_at'),
      yamlErrors: text(fields, 'yaml_errors'),
    }
  }

const parseArtifact = (value: unknown): Artifact => {
  const fields = fieldsOf(value)
  return {
    fileType: text(fields, 'file_type') ?? '',
    filename: text(fields, 'filename') ?? '',
    size: number(fields, 'size') ?? 0,
  }
}

export const parseJob =
  (project: number) =>
  (value: unknown): Job => {
    const fields = fieldsOf(value)
    const failed = fields.status === 'failed'
    return {
      id: needNumber(fields, 'id'),
      name: needText(fields, 'name'),
      stage: text(fields, 'stage') ?? '',
      status: status(fields),
      ref: text(fields, 'ref') ?? '',
      tag: flag(fields, 'tag'),
      allowFailure: flag(fields, 'allow_failure'),
      failureReason: failed ? text(fields, 'failure_reason') : null,
      url: text(fields, 'web_url') ?? '',
      createdAt: time(fields, 'created_at'),
      startedAt: time(fields, 'started_at'),
      finishedAt: time(fields, 'finished_at'),
      duration: number(fields, 'duration'),
      user: nested(fields, 'user', parseUser),
      artifacts: list(fields, 'artifacts', parseArtifact),
      artifactsExpireAt: time(fields, 'artifacts_expire_at'),
      pipeline: needNested(fields, 'pipeline', parsePipelineBasic(project)),
    }
  }

export const parseBridge =
  (project: number) =>
  (value: unknown): Bridge => {
    const fields = fieldsOf(value)
    return {
      id: needNumber(fields, 'id'),
      name: needText(fields, 'name'),
      stage: text(fields, 'stage') ?? '',
      status: status(fields),
      allowFailure: flag(fields, 'allow_failure'),
      url: text(fields, 'web_url') ?? '',
      downstream: nested(fields, 'downstream_pipeline', parsePipelineBasic(project)),
    }
  }

/** Labels are texts, or objects where details were asked for. */
export const parseLabel = (value: unknown): string =>
  typeof value === 'string' ? value : needText(fieldsOf(value), 'name')

const parseDiffRefs = (value: unknown): MergeRequest['diffRefs'] => {
  const fields = fieldsOf(value)
  const [base, head, start] = [text(fields, 'base_sha'), text(fields, 'head_sha'), text(fields, 'start_sha')]
  return base === null || head === null || start === null ? null : { base, head, start }
}

export const parseMergeRequest =
  (project: number) =>
  (value: unknown): MergeRequest => {
    const fields = fieldsOf(value)
    const target = number(fields, 'target_project_id') ?? number(fields, 'project_id') ?? project
    return {
      iid: needNumber(fields, 'iid'),
      project: number(fields, 'project_id') ?? project,
      title: text(fields, 'title') ?? '',
      state: needText(fields, 'state'),
      draft: flag(fields, 'draft') || flag(fields, 'work_in_progress'),
      labels: list(fields, 'labels', parseLabel),
      sha: text(fields, 'sha'),
      sourceBranch: text(fields, 'source_branch') ?? '',
      targetBranch: text(fields, 'target_branch') ?? '',
      sourceProject: number(fields, 'source_project_id'),
      targetProject: target,
      author: nested(fields, 'author', parseUser),
      headPipeline: nested(fields, 'head_pipeline', parsePipelineBasic(target)),
      diffRefs: nested(fields, 'diff_refs', parseDiffRefs),
      changesCount: text(fields, 'changes_count'),
      userNotesCount: number(fields, 'user_notes_count') ?? 0,
      updatedAt: time(fields, 'updated_at'),
      url: text(fields, 'web_url') ?? '',
    }
  }

/** Stands in where GitLab names no author. */
const nobody: User = { id: 0, username: 'ghost', name: 'Ghost User', bot: false }

export const parseNote = (value: unknown): Note => {
  const fields = fieldsOf(value)
  return {
    id: needNumber(fields, 'id'),
    body: text(fields, 'body') ?? '',
    author: nested(fields, 'author', parseUser) ?? nobody,
    system: flag(fields, 'system'),
    createdAt: time(fields, 'created_at') ?? '',
  }
}

export const parseDeployment = (value: unknown): Deployment => {
  const fields = fieldsOf(value)
  const job = nested(fields, 'deployable', fieldsOf) ?? {}
  return {
    id: needNumber(fields, 'id'),
    status: needText(fields, 'status'),
    environment: text(nested(fields, 'environment', fieldsOf) ?? {}, 'name') ?? '',
    job: number(job, 'id'),
    pipeline: number(nested(job, 'pipeline', fieldsOf) ?? {}, 'id'),
  }
}

export const parseCommitStatus = (value: unknown): CommitStatus => {
  const fields = fieldsOf(value)
  return {
    id: needNumber(fields, 'id'),
    sha: needText(fields, 'sha'),
    name: needText(fields, 'name'),
    status: status(fields),
    description: text(fields, 'description'),
    targetUrl: text(fields, 'target_url'),
    author: nested(fields, 'author', parseUser),
    pipeline: number(fields, 'pipeline_id'),
    createdAt: time(fields, 'created_at'),
    finishedAt: time(fields, 'finished_at'),
  }
}

export const parseProject = (value: unknown): Project => {
  const fields = fieldsOf(value)
  return {
    id: needNumber(fields, 'id'),
    path: needText(fields, 'path_with_namespace'),
    url: text(fields, 'web_url') ?? '',
    defaultBranch: text(fields, 'default_branch'),
  }
}

export const parseBranch = (value: unknown): Branch => {
  const fields = fieldsOf(value)
  return { name: needText(fields, 'name'), default: flag(fields, 'default'), protected: flag(fields, 'protected') }
}
