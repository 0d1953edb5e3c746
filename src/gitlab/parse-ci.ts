/** As all parsers here: tolerant of nulls, of missing fields and of new ones; ids and statuses must be there. */

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
import { parseUser } from './parse-user.ts'
import type { Artifact, Bridge, CommitStatus, Deployment, Job, Pipeline, PipelineBasic } from './types.ts'

const status = (fields: Fields): CiStatus => needText(fields, 'status') as CiStatus

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
