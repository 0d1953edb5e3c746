import { fieldsOf, flag, needNumber, needText, text } from './fields.ts'
import type { Branch, Project } from './types.ts'

export const parseProject = (value: unknown): Project => {
  const fields = fieldsOf(value)
  return {
    id: needNumber(fields, 'id'),
    path: needText(fields, 'path_with_namespace'),
    url: text(fields, 'web_url') ?? '',
    defaultBranch: text(fields, 'default_branch'),
    hasEnvironments: fields.environments_access_level !== 'disabled',
  }
}

export const parseBranch = (value: unknown): Branch => {
  const fields = fieldsOf(value)
  return { name: needText(fields, 'name'), default: flag(fields, 'default'), protected: flag(fields, 'protected') }
}
