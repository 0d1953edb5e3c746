import { type Action, act, type Decision, skip } from '../../src/action.ts'
import type { PipelineEvent } from '../../src/event.ts'
import { GitLabError } from '../../src/gitlab/errors.ts'
import type { Readers } from '../../src/readers.ts'
import { hysteresisOf } from '../../src/store/tests/hysteresis.ts'
import { lastEventAt, stateOf } from '../../src/store/tests/record.ts'
import type { TestState } from '../../src/store/tests/types.ts'
import { issueProject } from './gather/issues.ts'
import { issueMarks, testOfMarker } from './issue-marks.ts'
import type { FlakyTestsReactionOptions } from './options.ts'

/** Issues that the bot keeps open for the tests of a project. */
export type SweepFacts = {
  options: FlakyTestsReactionOptions
  project: number
  path: string
  /** Seconds since the epoch. */
  now: number
  /** Where the issues are. */
  issueProject: number
  open: OpenIssue[]
}

type OpenIssue = {
  marker: string
  title: string
  /** Without the marker. */
  description: string
  /** Seconds since the epoch: of the test's last event, else of the last change of the issue; null: not known. */
  quietSince: number | null
  state: TestState
}

const hoursMs = 3_600_000
export const sweepEvery = 6 * hoursMs

/** Once a day for each project: one event of our own, which no delivery tells. */
export const sweepEvent = (project: { id: number; path: string }, at: number): PipelineEvent => ({
  kind: 'pipeline',
  asked: 'sweep',
  at,
  project: { ...project, defaultBranch: null },
  pipeline: 0,
  status: 'success',
  finishedAt: null,
  source: 'unknown',
  ref: '',
  tag: false,
  sha: '',
  mergeRequest: null,
  targetProject: null,
  newestJob: null,
  upstream: null,
})

export const sweepFact = ({ at }: Pick<PipelineEvent, 'at'>): string =>
  `flaky-tests/sweep/${new Date(at).toISOString().slice(0, 10)}`

export async function gatherSweep(
  { project: { id: project, path } }: Pick<PipelineEvent, 'project'>,
  read: Readers,
  options: FlakyTestsReactionOptions,
): Promise<SweepFacts> {
  const { issues: wanted } = options.flakyTests
  const now = Math.floor(read.now() / 1000)
  const target = wanted.enabled ? await findProject(read, project, wanted.project) : null
  if (target === null) return { options, project, path, now, issueProject: project, open: [] }
  const { id: author } = await read.gitlab.currentUser()
  const issues = await read.gitlab.issues(target, { author, state: 'opened' })
  const marked = issues.flatMap((issue) => issueMarks(issue.description).map((marker) => ({ ...issue, marker })))
  const own = marked.filter(({ marker }) => testOfMarker(marker)?.project === project)
  const records = await read.history.records(
    project,
    own.flatMap(({ marker }) => testOfMarker(marker)?.id ?? []),
  )
  const open = own.map(({ marker, title, description, updatedAt }) => {
    const record = records.get(testOfMarker(marker)?.id ?? '')
    const changed = Math.floor(Date.parse(updatedAt ?? '') / 1000)
    return {
      marker,
      title,
      description: description.replace(marker, '').trim(),
      quietSince: record ? lastEventAt(record) : changed || null,
      state: record ? stateOf(record, now, hysteresisOf(options.flakyTests)) : ('healthy' as const),
    }
  })
  return { options, project, path, now, issueProject: target, open }
}

async function findProject(read: Readers, project: number, path: string | null): Promise<number | null> {
  try {
    return await issueProject(read, project, path)
  } catch (error) {
    if (error instanceof GitLabError && error.kind === 'not_found') return null
    throw error
  }
}

/** Closes the issues of tests that have behaved for long enough. */
export function decideSweep({ options, project, path, now, issueProject: target, open }: SweepFacts): Decision {
  const { closeAfter, labels } = options.flakyTests.issues
  const quiet = open.filter(
    ({ quietSince, state }) => state === 'healthy' && quietSince !== null && now - quietSince > closeAfter / 1000,
  )
  if (quiet.length === 0)
    return skip(`none of ${open.length} open issues of flaky tests has been quiet for long enough`)
  const actions = quiet.map(
    ({ marker, title, description }): Action => ({
      type: 'keep_issue',
      project: target,
      origin: { id: project, path },
      marker,
      title,
      description,
      labels,
      state: 'closed',
      mayBeRefused: true,
    }),
  )
  return act(`${quiet.length} of ${open.length} open issues are about tests that have behaved`, ...actions)
}
