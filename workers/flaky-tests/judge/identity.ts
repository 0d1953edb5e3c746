import { createHash } from 'node:crypto'
import { suiteOfJob } from '../../../src/job-name.ts'
import type { TestOutcome } from '../../../src/reports/junit/types.ts'
import type { TestIdentity } from './types.ts'

const stress = /@stress-\d{1,9}$/
const absolute = /^(?:[A-Za-z]:)?[\\/]/
/** Shell executors check out below `builds/<runner token>/<slot>/`, which changes from run to run. */
const runnerFolder = /^[A-Za-z0-9_-]{8,64}\/\d{1,4}\//

/** The job without its shard (` n/m`, ` n:m`, ` n m`); matrix text stays. It is GitLab's `test_suite_name`. */
export const jobIdentity = (job: string): string => suiteOfJob(job)

/** Without the folder in which the runner checked out; relative paths only lose a leading `./`. */
export const withoutCheckout = (path: string): string => {
  if (path.startsWith('./')) return path.slice(2)
  if (!absolute.test(path)) return path
  const slashed = path.replaceAll('\\', '/')
  const builds = slashed.lastIndexOf('/builds/')
  return builds < 0 ? slashed : slashed.slice(builds + '/builds/'.length).replace(runnerFolder, '')
}

/** The suite as reported, in the words of this run of this job. */
export const suiteAsReported = (suite: string | null, job: string): string =>
  suite === null ? jobIdentity(job) : withoutCheckout(suite)

export const suiteIdentity = (suite: string): string => suite.replace(stress, '')

export const isSetupScript = (suite: string): boolean => suite.startsWith('@setup-script:')

const separator = '\u0000'

export const keyOf = ({ job, suite, classname, name, variant }: TestIdentity): string =>
  `${job}${separator}${suite}${separator}${classname}${separator}${name}${variant && separator}${variant}`

/** The key of the test in GitLab's API and database (test_case.rb): names as reported, joined by `_`. */
export const gitlabKey = ({ suite, classname, name }: Pick<TestOutcome, 'suite' | 'classname' | 'name'>, job: string) =>
  createHash('sha256')
    .update(`${suite ?? jobIdentity(job)}_${classname ?? ''}_${name ?? ''}`)
    .digest('hex')
