import type { NoteSection } from '../../src/action.ts'
import { details } from '../../src/note/details.ts'
import { inertCode, inertCodeLink, inertLink, inertText } from '../../src/note/inert.ts'
import { bulletList, duration, plural } from '../../src/note/wording.ts'
import type { FailedTest, FailFastFacts } from './facts.ts'
import type { MendedFacts } from './mended-facts.ts'

/** The name of the commit status that makes a stopped pipeline visible as failed. */
export const failFastStatus = 'pipewarden/fail-fast'

const testsShown = 10

/** The part of the note that says which job, which tests, what was stopped, what it saves and how to opt out. */
export const failFastSection = (facts: FailFastFacts): NoteSection => ({
  reaction: 'fail-fast',
  verdict: 'bad',
  markdown: [headline(facts), failedTests(facts), optOut(facts), seen(facts)].filter(Boolean).join('\n\n'),
})

/** What takes its place once that job, or a whole newer pipeline, passed. */
export const mendedSection = ({ stopped, passed }: MendedFacts): NoteSection => ({
  reaction: 'fail-fast',
  verdict: 'good',
  markdown: `${passedLink(passed)} passed. ${inertLink(`pipeline ${stopped?.pipeline}`, stopped?.url ?? '')} had been stopped because ${inertCode(stopped?.job ?? '')} failed.`,
})

function passedLink(passed: MendedFacts['passed']): string {
  if (!passed) return 'The job'
  return passed.what === 'job' ? inertCodeLink(passed.name, passed.url) : inertLink(passed.name, passed.url)
}

function headline({ latest, pipeline, left, downstream = [], savedSeconds }: FailFastFacts): string {
  const job = latest ? inertCodeLink(latest.name, latest.url) : 'A job'
  const link = inertLink(`pipeline ${pipeline.id}`, pipeline.url)
  const saved = savedSeconds ? `, which saves about ${duration(savedSeconds)} of jobs` : ''
  if (left.count === 0)
    return `${job} failed, so ${plural(downstream.length, 'pipeline')} that ${link} had started ${downstream.length === 1 ? 'was' : 'were'} stopped.`
  return `${job} failed, so ${plural(left.count, 'job')} of ${link} ${left.count === 1 ? 'was' : 'were'} stopped${saved}.`
}

function failedTests({ failedTests: tests }: FailFastFacts): string {
  if (!tests || tests.length === 0) return ''
  return `${plural(tests.length, 'test')} failed:\n\n${bulletList(tests.map(testLine), testsShown)}`
}

function testLine({ name, message }: FailedTest): string {
  const text = inertText(message, { maxChars: 200 })
  return text ? `${inertCode(name)}: ${text}` : inertCode(name)
}

function optOut({ options }: FailFastFacts): string {
  const [label] = options.failFast.skipLabels
  return label
    ? `To let pipelines of this merge request run to their end, set the label ${inertCode(label)}. Jobs that were stopped can be retried in the pipeline.`
    : 'Jobs that were stopped can be retried in the pipeline.'
}

function seen({ latest, pipeline, left, downstream = [], spared = [] }: FailFastFacts): string {
  const lines = [
    `${latest ? inertCode(latest.name) : 'the job'} is the newest attempt of its name, it is not allowed to fail, and its failure, ${inertCode(latest?.failureReason ?? 'no reason given')}, is not one that a retry mends`,
    `no label, newer pipeline, deployment or job that must not be interrupted spoke against stopping ${inertLink(`pipeline ${pipeline.id}`, pipeline.url)}`,
    `stopped: ${[...left.names.map((name) => inertCode(name)), ...moreThan(left)].join(', ')}`,
    ...downstream.map(({ pipeline: id, url }) => `also stopped: ${inertLink(`downstream pipeline ${id}`, url)}`),
    ...spared.map(({ pipeline: id, url, because }) => {
      return `goes on: ${inertLink(`downstream pipeline ${id}`, url)}, for ${inertText(because)}`
    }),
  ]
  return details('What was seen and decided', bulletList(lines))
}

const moreThan = ({ count, names }: FailFastFacts['left']): string[] =>
  count > names.length ? [`and ${count - names.length} more`] : []
