import { commitTitle } from '../../git.ts'
import { projectUrl } from '../../hooks/common-payload.ts'
import type { Commit, Project, User } from '../../types.ts'
import type { World } from '../../world.ts'

export const apiTime = (at: number | null): string | null => (at === null ? null : new Date(at).toISOString())

export const userEntity = (world: World, user: User) => ({
  id: user.id,
  username: user.username,
  name: user.name,
  state: user.blocked ? 'blocked' : 'active',
  locked: false,
  avatar_url: null,
  web_url: `${world.url}/${user.username}`,
})

/** `bot` is known for `GET /user` and for single users only. */
export const fullUserEntity = (world: World, user: User) => ({ ...userEntity(world, user), bot: user.bot })

export const commitEntity = (world: World, project: Project, commit: Commit) => ({
  id: commit.sha,
  short_id: commit.sha.slice(0, 8),
  created_at: apiTime(commit.at),
  parent_ids: [commit.parent, commit.merged].filter((sha) => typeof sha === 'string'),
  title: commitTitle(commit),
  message: commit.message,
  author_name: commit.author.name,
  author_email: commit.author.email,
  authored_date: apiTime(commit.at),
  committer_name: commit.author.name,
  committer_email: commit.author.email,
  committed_date: apiTime(commit.at),
  trailers: {},
  web_url: `${projectUrl(world, project)}/-/commit/${commit.sha}`,
})

export const projectEntity = (world: World, project: Project) => ({
  id: project.id,
  description: null,
  name: project.name,
  name_with_namespace: project.path.split('/').join(' / '),
  path: project.path.split('/').at(-1),
  path_with_namespace: project.path,
  created_at: apiTime(world.now()),
  default_branch: project.defaultBranch,
  web_url: projectUrl(world, project),
  visibility: project.visibility,
  environments_access_level: project.environments,
  archived: false,
})
