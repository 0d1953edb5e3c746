import { emitIssue } from '../hooks/emit.ts'
import type { Issue, Project, User } from '../types.ts'
import type { World } from '../world.ts'
import { labelNamed } from './projects.ts'

export type IssueSpec = {
  title: string
  author: User
  description?: string
  labels?: string[]
  assignees?: User[]
  confidential?: boolean
}

/** Nothing makes a title unique: asking twice makes two. */
export const addIssue = (world: World, project: Project, spec: IssueSpec): Issue => {
  const issue: Issue = {
    id: world.nextId('issue'),
    iid: project.issues.length + 1,
    project,
    title: spec.title,
    description: spec.description ?? '',
    state: 'opened',
    labels: (spec.labels ?? []).map((name) => labelNamed(world, project, name)),
    author: spec.author,
    assignees: spec.assignees ?? [],
    confidential: spec.confidential ?? false,
    createdAt: world.now(),
    updatedAt: world.now(),
  }
  project.issues.push(issue)
  emitIssue(world, issue, spec.author, 'open')
  return issue
}
