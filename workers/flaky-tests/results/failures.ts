import type { FlakyTestsOptions } from '../../../config/schema.ts'
import type { GitLabReader } from '../../../src/gitlab/faces.ts'
import type { Job } from '../../../src/gitlab/types.ts'
import type { Readers, TestReader } from '../../../src/readers.ts'
import { hysteresisOf } from '../../../src/store/tests/hysteresis.ts'
import type { KnownTest } from '../../../src/store/tests/read.ts'
import type { TestIdentity } from '../judge/types.ts'
import type { JobResults } from './read-job.ts'
import { outdatedFor } from './report-age.ts'
import type { Judged, JudgedTest } from './types.ts'

type Deps = { gitlab: GitLabReader } & Pick<Readers, 'results' | 'history' | 'now'>

/** Of which GitLab's report may still show the attempt before. */
const notFirst = { attempt: 2, isLatest: true }

/** What failed in one attempt, and what is known of it: asked alike by the reactions that stop and that retry. */
export const createTestReader = ({ gitlab, results, history, now }: Deps): TestReader => ({
  async failedIn(job, options, place = notFirst) {
    const { project, id: pipeline } = job.pipeline
    const isHidden = !place.isLatest || (place.attempt > 1 && outdatedFor(job, now()) > 0)
    const report = reportsTests(job) && !isHidden ? () => gitlab.testReport(project, pipeline) : null
    const read = await results.of(job, options, report)
    if (!read.packed) return null
    const judged = await results.judge({
      attempts: [attemptOf(job, 1, read.packed)],
      massFailure: options.massFailure,
      watched: [],
    })
    const { failed, flaky } = judged
    const failing = [...failed, ...flaky.filter(({ failsJob }) => failsJob)]
    if (failing.length === 0) return []
    const known = await knownTests({ history, now }, project, options)
    const isAll = isAllThatFailed(judged, read)
    return failing.map((test) => ({
      name: fullName(test.identity),
      message: firstLine(test.message),
      knownFlaky: isAll && isFlaky(known(test, read.source)),
    }))
  },
})

/** What hides no test. */
const harmless: ReadonlySet<string> = new Set(['repaired', 'not-junit', 'unsafe_name', 'link', 'repeated'])

/** Whether the tests that are told are all that failed; of others nobody knows whether they are flaky. */
function isAllThatFailed(
  { counts, failed, flaky, unnamedFailures }: Judged,
  { source, problems }: JobResults,
): boolean {
  if (unnamedFailures > 0 || counts.failed > failed.length || counts.flaky > flaky.length) return false
  return source === 'test_report' || problems.every(({ what }) => harmless.has(what))
}

/** GitLab's own report has a job's tests only if the job names its reports in `artifacts:reports:junit`. */
export const reportsTests = ({ artifacts }: Job): boolean => artifacts.some(({ fileType }) => fileType === 'junit')

export const attemptOf = (job: Job, attempt: number, bytes: Uint8Array | null) => ({
  pipeline: job.pipeline.id,
  sha: job.pipeline.sha,
  job: job.name,
  id: job.id,
  attempt,
  failureReason: job.failureReason,
  bytes,
})

type Find = (test: Pick<JudgedTest, 'id' | 'identity'>, source: 'artifacts' | 'test_report' | null) => KnownTest[]

async function knownTests(
  { history, now }: Pick<Deps, 'history' | 'now'>,
  project: number,
  options: FlakyTestsOptions,
): Promise<Find> {
  const tests = await history.unhealthy(project, Math.floor(now() / 1000), hysteresisOf(options))
  const byId = new Map(tests.map((test) => [test.id, test]))
  return ({ id, identity }, source) => {
    const exact = byId.get(id)
    if (exact) return [exact]
    // GitLab's report does not tell the suite of a test.
    return source === 'test_report' ? tests.filter(({ test }) => isSameButSuite(test, identity)) : []
  }
}

const isSameButSuite = (one: TestIdentity, other: TestIdentity): boolean =>
  one.job === other.job && one.classname === other.classname && one.name === other.name

const isFlaky = (known: readonly KnownTest[]): boolean =>
  known.length > 0 && known.every(({ state }) => state === 'flaky')

const fullName = ({ classname, name }: TestIdentity) =>
  classname && !name.startsWith(classname) ? `${classname} ${name}` : name

const firstLine = (text: string): string =>
  text
    .split('\n')
    .map((line) => line.trim())
    .find(Boolean) ?? ''
