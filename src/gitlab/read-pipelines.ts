import type { GitLabReader } from './faces.ts'
import type { Lists } from './lists.ts'
import { parsePipeline, parsePipelineBasic } from './parse-ci.ts'
import { parseTestReport } from './parse-tests.ts'
import { createVariableReader } from './read-variables.ts'
import type { Resources } from './resources.ts'
import { one } from './shape.ts'

type Pipelines = 'pipeline' | 'pipelineVariables' | 'refPipelines' | 'pipelinesOfRef' | 'testReport'
type Gateway = { resources: Pick<Resources, 'pipelines'>; lists: Lists }

/** Pipelines, and what they tell as a whole. */
export const createPipelineReader = ({ resources: { pipelines }, lists }: Gateway): Pick<GitLabReader, Pipelines> => ({
  pipeline: (project, pipeline) =>
    one(`projects/${project}/pipelines/${pipeline}`, pipelines.show(project, pipeline), parsePipeline(project)),
  pipelineVariables: createVariableReader(pipelines),
  refPipelines: (project, ref, { source } = {}) =>
    lists.first(`projects/${project}/pipelines`, parsePipelineBasic(project), { ref, source }),
  pipelinesOfRef: (project, ref) =>
    lists.first(`projects/${project}/pipelines`, parsePipelineBasic(project), { ref, orderBy: 'id', sort: 'desc' }),
  testReport: (project, pipeline) =>
    one(
      `projects/${project}/pipelines/${pipeline}/test_report`,
      pipelines.showTestReport(project, pipeline),
      parseTestReport,
    ),
})
