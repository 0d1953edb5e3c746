import type { NoteSection } from '../../src/action.ts'
import { details } from '../../src/note/details.ts'
import { inertCode, inertCodeLink, inertLink, inertText } from '../../src/note/inert.ts'
import { bulletList, plural, sentenceList } from '../../src/note/wording.ts'
import type { FlakyTestsFacts } from './facts.ts'
import { failedTests } from './report/failed.ts'
import { flakyTestsFolded } from './report/flaky.ts'
import { notSeen } from './report/not-seen.ts'
import { retriedList } from './report/retried.ts'

/** What is being done about the job that failed: it is retried, or GitLab refused that. */
export type Retrying = { retry?: string; refusal?: string }

/** The part of the note that tells real failures from flaky tests, and what was retried; empty: nothing to say. */
export function flakySection(facts: FlakyTestsFacts, retrying: Retrying): NoteSection {
  const parts = [
    failedTests(facts),
    incidents(facts),
    retriedList(facts, retrying),
    flakyTestsFolded(facts),
    notSeen(facts),
  ].filter(Boolean)
  const markdown = parts.length === 0 ? '' : [headline(facts), ...parts, seen(facts)].join('\n\n')
  return { reaction: 'flaky-tests', verdict: verdictOf(facts, retrying), markdown }
}

/** Bad is what its author has to look into: a failure that no retry is under way for. */
function verdictOf({ judged, retried }: FlakyTestsFacts, { retry }: Retrying): NoteSection['verdict'] {
  const failed = (judged?.failed.length ?? 0) + (judged?.unnamedFailures ?? 0)
  if (failed > 0 && !retry) return 'bad'
  const isOpen = failed > 0 || (judged?.flaky.length ?? 0) > 0 || retried.some(({ status }) => status !== 'success')
  return isOpen ? 'neutral' : 'good'
}

function headline({ judged, pipeline }: FlakyTestsFacts): string {
  const link = inertLink(`pipeline ${pipeline.id}`, pipeline.url)
  if (!judged) return `Tests of ${link}`
  const { failed, flaky } = judged.counts
  const counts = [
    ...(failed > 0 ? [`${plural(failed, 'test')} failed`] : []),
    ...(flaky > 0 ? [`${plural(flaky, 'test')} ${flaky === 1 ? 'is' : 'are'} flaky`] : []),
  ]
  return `Tests of ${link}${counts.length > 0 ? `: ${sentenceList(counts)}` : ''}`
}

/** One cause, not many flaky tests. */
function incidents({ judged }: FlakyTestsFacts): string {
  const found = judged?.incidents ?? []
  const lines = found.map(({ job, failed, ran, recovered, message }) => {
    const cause = message ? `: ${inertText(message.split('\n', 1)[0] ?? '', { maxChars: 200 })}` : ''
    return `${inertCode(job)}: ${failed} of ${ran} tests failed at once, and ${recovered} of them passed in the next attempt${cause}`
  })
  return lines.length > 0 ? `Incidents, which say nothing about the tests:\n\n${bulletList(lines)}` : ''
}

function seen({ judged, pipeline, attempt, options }: FlakyTestsFacts): string {
  const counts = judged?.counts
  const lines = [
    ...(counts
      ? [
          `${counts.passed} passed, ${counts.skipped} skipped, in ${plural(judged?.jobs.length ?? 0, 'job')} that left reports`,
        ]
      : []),
    'flaky is what failed and passed on the same commit in the same job; a failure on one commit and a pass on another is not',
    ...(attempt?.latest ? [`woken by ${inertCodeLink(attempt.latest.name, attempt.latest.url)}`] : []),
    `retries: at most ${options.retry.maxPerJob} for each job name, and none in ${inertLink(`pipeline ${pipeline.id}`, pipeline.url)} once jobs of it are cancelled`,
  ]
  return details('What was seen and decided', bulletList(lines))
}
