import { commitTitle } from '../git.ts'
import type { Commit, Job, Label, Pipeline, Project, User } from '../types.ts'
import type { World } from '../world.ts'

/** ISO 8601 with whole seconds, as the `*_iso` twins of job events. */
export const isoTime = (at: number): string => `${new Date(at).toISOString().slice(0, 19)}Z`

/** `2026-09-14 08:00:00 UTC`, or ISO 8601 where the behaviour says so: receivers must read both. */
export const hookTime = (world: World, at: number | null): string | null => {
  if (at === null) return null
  return world.behaviour.hookTimes === 'iso' ? isoTime(at) : `${isoTime(at).replace('T', ' ').slice(0, 19)} UTC`
}

export const userPayload = (world: World, user: User) => ({
  id: user.id,
  name: user.name,
  username: user.username,
  avatar_url: `${world.url}/uploads/-/system/user/avatar/${user.id}/avatar.png`,
  email: '[REDACTED]',
})

const sshUrl = (world: World, project: Project): string => `git@${new URL(world.url).hostname}:${project.path}.git`
export const projectUrl = (world: World, project: Project): string => `${world.url}/${project.path}`

const visibilityLevels = { private: 0, internal: 10, public: 20 } as const
const title = (word: string): string => word.charAt(0).toUpperCase() + word.slice(1)
const namespaceOf = (project: Project): string => title(project.path.split('/').slice(0, -1).join('/'))

/** Pipeline and job events have this; the other events add addresses under older names. */
export const projectPayload = (world: World, project: Project) => ({
  id: project.id,
  name: project.name,
  description: '',
  web_url: projectUrl(world, project),
  avatar_url: null,
  git_ssh_url: sshUrl(world, project),
  git_http_url: `${projectUrl(world, project)}.git`,
  namespace: namespaceOf(project),
  visibility_level: visibilityLevels[project.visibility],
  path_with_namespace: project.path,
  default_branch: project.defaultBranch,
  ci_config_path: null,
})

export const projectPayloadWithOldNames = (world: World, project: Project) => ({
  ...projectPayload(world, project),
  homepage: projectUrl(world, project),
  url: sshUrl(world, project),
  ssh_url: sshUrl(world, project),
  http_url: `${projectUrl(world, project)}.git`,
})

export const repositoryPayload = (world: World, project: Project) => ({
  name: project.name,
  url: sshUrl(world, project),
  description: '',
  homepage: projectUrl(world, project),
})

export const fullRepositoryPayload = (world: World, project: Project) => ({
  ...repositoryPayload(world, project),
  git_http_url: `${projectUrl(world, project)}.git`,
  git_ssh_url: sshUrl(world, project),
  visibility_level: visibilityLevels[project.visibility],
})

/** As people read it: `Acme / Shop`. */
export const projectFullName = (project: Project): string => `${namespaceOf(project)} / ${project.name}`

export const commitPayload = (world: World, project: Project, commit: Commit | undefined) =>
  commit === undefined
    ? null
    : {
        id: commit.sha,
        message: commit.message,
        title: commitTitle(commit),
        timestamp: isoTime(commit.at).replace('Z', '+00:00'),
        url: `${projectUrl(world, project)}/-/commit/${commit.sha}`,
        author: commit.author,
      }

export const labelPayload = (world: World, project: Project, label: Label) => ({
  id: label.id,
  title: label.name,
  color: label.color,
  project_id: project.id,
  created_at: hookTime(world, label.createdAt),
  updated_at: hookTime(world, label.createdAt),
  template: false,
  description: label.description,
  type: 'ProjectLabel',
  group_id: null,
})

export const runnerPayload = (job: Job) =>
  job.startedAt === null
    ? null
    : { id: 3, description: 'runner-a', runner_type: 'instance_type', active: true, is_shared: true, tags: ['linux'] }

/** Only pipelines that another pipeline started have the key at all. */
export const sourcePipelinePayload = (world: World, pipeline: Pipeline) => {
  const { upstream } = pipeline
  if (upstream === null) return {}
  const { project } = upstream.pipeline
  return {
    source_pipeline: {
      project: { id: project.id, web_url: projectUrl(world, project), path_with_namespace: project.path },
      job_id: upstream.id,
      pipeline_id: upstream.pipeline.id,
    },
  }
}
