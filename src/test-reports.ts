import type { GitLabReader, TestCase } from './gitlab/types.ts'
import { suiteOfJob } from './job-name.ts'
import type { TestReader } from './readers.ts'

const messageChars = 300

/** What failed in a job, as GitLab's own test report of the pipeline tells. */
export const createTestReader = (gitlab: GitLabReader): TestReader => ({
  async failedIn(project, pipeline, jobName) {
    const { suites } = await gitlab.testReport(project, pipeline)
    const ofJob = suites.filter(({ name }) => name === jobName || name === suiteOfJob(jobName))
    if (ofJob.length === 0) return null
    const failed = ofJob.flatMap(({ cases }) => cases).filter(({ status }) => status === 'failed' || status === 'error')
    return failed.map((test) => ({ name: fullName(test), message: firstLine(test.output), knownFlaky: false }))
  },
})

const fullName = ({ classname, name }: TestCase) =>
  classname && !name.startsWith(classname) ? `${classname} ${name}` : name

const firstLine = (text: string | null): string =>
  (text ?? '')
    .slice(0, 10 * messageChars)
    .split('\n')
    .map((line) => line.trim())
    .find(Boolean)
    ?.slice(0, messageChars) ?? ''
