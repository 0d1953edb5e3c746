import type { Config } from '../../config/load.ts'
import { isRefusal } from '../gitlab/errors.ts'
import type { GitLabReader } from '../gitlab/faces.ts'
import { asId } from '../json.ts'
import type { DecisionStore } from '../store/decisions.ts'
import { hysteresisOf } from '../store/tests/hysteresis.ts'
import type { KnownTest, TestMemoryReader } from '../store/tests/read.ts'
import { lastEventAt } from '../store/tests/record.ts'
import type { FlakyTestsSource } from './flaky-tests.ts'
import { createJobTokens } from './job-tokens.ts'
import type { Shown } from './shown-tests.ts'

type Deps = {
  gitlab: Pick<GitLabReader, 'project' | 'mergeRequest' | 'jobOfToken'>
  history: TestMemoryReader
  decisions: Pick<DecisionStore, 'projectId'>
  config: Pick<Config, 'configFor' | 'serves'>
}

/** States change by the mere passing of time, and nobody has to know to the minute. */
const hourInSeconds = 3_600

export function createFlakyTestsSource({ gitlab, history, decisions, config }: Deps): FlakyTestsSource {
  async function projectOfGitLab(nameOrId: string) {
    try {
      const { id, path } = await gitlab.project(asId(nameOrId) ?? nameOrId)
      return { id, path }
    } catch (error) {
      if (isRefusal(error)) return null
      throw error
    }
  }

  return {
    jobTokens: createJobTokens(gitlab),
    async project(nameOrId) {
      const id = asId(nameOrId) === null ? await decisions.projectId(nameOrId) : null
      const found = id === null ? await projectOfGitLab(nameOrId) : { id, path: nameOrId }
      return found && config.serves(found.path) ? found : null
    },
    async tests(project, path) {
      const now = Math.floor(Date.now() / 1000)
      const hour = Math.floor(now / hourInSeconds)
      return {
        version: `${await history.version(project)}.${hour}`,
        async list() {
          const { flakyTests } = config.configFor(path)
          const tests = await history.unhealthy(project, now, hysteresisOf(flakyTests))
          return tests.filter(({ state }) => state === 'flaky').map((test) => shown(test, now, flakyTests.window))
        },
      }
    },
    async runsAll(project, path, mergeRequest) {
      const { skipLabel } = config.configFor(path).flakyTests
      try {
        return (await gitlab.mergeRequest(project, mergeRequest)).labels.includes(skipLabel)
      } catch (error) {
        if (isRefusal(error)) return false
        throw error
      }
    },
  }
}

function shown({ id, test, record }: KnownTest, now: number, window: number): Shown {
  const { job, suite, classname, name, variant, file } = test
  return {
    id,
    job,
    suite,
    classname,
    name,
    variant,
    file,
    failures: record.events.filter(({ at }) => now - at < window / 1000).length,
    firstSeen: record.firstSeen,
    lastSeen: lastEventAt(record),
    passesSince: record.passes,
    message: record.message,
  }
}
