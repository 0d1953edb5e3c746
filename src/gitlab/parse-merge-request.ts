import { fieldsOf, flag, list, needNumber, needText, nested, number, text, time } from './fields.ts'
import { parsePipelineBasic } from './parse-ci.ts'
import { nobody, parseUser } from './parse-user.ts'
import type { MergeRequest, Note } from './types.ts'

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
