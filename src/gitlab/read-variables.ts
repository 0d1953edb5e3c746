import { GitLabError } from './errors.ts'
import type { GitLabReader } from './faces.ts'
import { fieldsOf, listOf, needText } from './fields.ts'
import type { Resources } from './resources.ts'
import { shaped } from './shape.ts'

const parseVariable = (value: unknown): [string, string] => {
  const fields = fieldsOf(value)
  return [needText(fields, 'key'), typeof fields.value === 'string' ? fields.value : '']
}

/** Takes the right `read_pipeline_variable`, which is Developer's, or the one who started the pipeline. */
const isRefused = (error: unknown): boolean =>
  error instanceof GitLabError && (error.status === 403 || error.status === 404)

/** This list has no pages. */
export const createVariableReader =
  (pipelines: Resources['pipelines']): GitLabReader['pipelineVariables'] =>
  async (project, pipeline) => {
    try {
      const body = await pipelines.allVariables(project, pipeline)
      const path = `projects/${project}/pipelines/${pipeline}/variables`
      return Object.fromEntries(shaped('GET', path, body, listOf(parseVariable)))
    } catch (error) {
      if (isRefused(error)) return null
      throw error
    }
  }
