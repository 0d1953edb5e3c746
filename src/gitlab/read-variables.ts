import { GitLabError } from './errors.ts'
import { fieldsOf, needText } from './fields.ts'
import type { Lists } from './lists.ts'
import type { GitLabReader } from './types.ts'

const parseVariable = (value: unknown): [string, string] => {
  const fields = fieldsOf(value)
  return [needText(fields, 'key'), typeof fields.value === 'string' ? fields.value : '']
}

/** Takes the right `read_pipeline_variable`, which is Developer's, or the one who started the pipeline. */
const isRefused = (error: unknown): boolean =>
  error instanceof GitLabError && (error.status === 403 || error.status === 404)

export const createVariableReader =
  (lists: Lists): GitLabReader['pipelineVariables'] =>
  async (project, pipeline) => {
    try {
      return Object.fromEntries(await lists.all(`projects/${project}/pipelines/${pipeline}/variables`, parseVariable))
    } catch (error) {
      if (isRefused(error)) return null
      throw error
    }
  }
