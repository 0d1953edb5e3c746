/** GitLab's objects with the fields that reactions use. */

import type { CiStatus } from '../event.ts'

export type User = { id: number; username: string; name: string; bot: boolean }

export type PipelineBasic = {
  id: number
  iid: number | null
  project: number
  sha: string
  /** Merge request pipelines have `refs/merge-requests/17/head`. */
  ref: string
  status: CiStatus
  source: string
  url: string
  createdAt: string | null
}

export type Pipeline = PipelineBasic & {
  tag: boolean
  user: User | null
  /** Seconds. */
  duration: number | null
  startedAt: string | null
  finishedAt: string | null
  yamlErrors: string | null
}

export type Artifact = { fileType: string; filename: string; size: number }

export type Job = {
  id: number
  name: string
  stage: string
  status: CiStatus
  ref: string
  tag: boolean
  allowFailure: boolean
  /** null unless the job failed. */
  failureReason: string | null
  url: string
  createdAt: string | null
  startedAt: string | null
  finishedAt: string | null
  /** Seconds. */
  duration: number | null
  user: User | null
  artifacts: Artifact[]
  artifactsExpireAt: string | null
  /** GitLab nests the basic pipeline in each job. */
  pipeline: PipelineBasic
}

/** A trigger job. */
export type Bridge = {
  id: number
  name: string
  stage: string
  status: CiStatus
  allowFailure: boolean
  url: string
  /** null until it was created. */
  downstream: PipelineBasic | null
}

export type MergeRequest = {
  iid: number
  project: number
  title: string
  state: string
  draft: boolean
  labels: string[]
  /** Head of the source branch. */
  sha: string | null
  sourceBranch: string
  targetBranch: string
  /** Differs from the target project for forks; null when the fork is gone. */
  sourceProject: number | null
  targetProject: number
  author: User | null
  headPipeline: PipelineBasic | null
  /** Filled asynchronously after creation, so null at first. */
  diffRefs: { base: string; head: string; start: string } | null
  /** How many files it changes; with a plus when GitLab stopped counting, and lists no more. */
  changesCount: string | null
  /** Notes by people and bots, without system notes. */
  userNotesCount: number
  updatedAt: string | null
  url: string
}

export type Note = { id: number; body: string; author: User; system: boolean; createdAt: string }

export type Deployment = {
  id: number
  status: string
  environment: string
  /** The job that deploys, and its pipeline. */
  job: number | null
  pipeline: number | null
}

export type TestCase = {
  status: 'success' | 'failed' | 'error' | 'skipped'
  name: string
  classname: string
  file: string | null
  /** Text of the failure; GitLab gives text or an object, an object is rendered as JSON. */
  output: string | null
  recentFailures: number | null
}

export type TestSuite = { name: string; error: string | null; cases: TestCase[] }
export type TestReport = { suites: TestSuite[] }

export type CommitStatus = {
  id: number
  sha: string
  name: string
  status: CiStatus
  description: string | null
  targetUrl: string | null
  /** The user who set it. */
  author: User | null
  pipeline: number | null
  createdAt: string | null
  /** null while it waits. */
  finishedAt: string | null
}

export type Project = {
  id: number
  path: string
  url: string
  defaultBranch: string | null
  /** false: the feature is switched off. */
  hasEnvironments: boolean
}

export type Branch = { name: string; default: boolean; protected: boolean }
