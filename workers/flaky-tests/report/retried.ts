import { inertCode, inertCodeLink, inertText } from '../../../src/note/inert.ts'
import { bulletList } from '../../../src/note/wording.ts'
import type { FlakyTestsFacts, RetriedJob } from '../facts.ts'
import type { Retrying } from '../report.ts'

const shown = 20

/** What was retried and what came of it, and what GitLab did not let the bot retry. */
export function retriedList(facts: FlakyTestsFacts, { retry, refusal }: Retrying): string {
  const { attempt, retried, refused } = facts
  const latest = attempt?.latest
  const name = latest ? inertCodeLink(latest.name, latest.url) : 'the job'
  const lines = [
    ...(retry ? [`${name} is being retried: ${inertText(retry)}`] : []),
    ...(refusal ? [`${name} should be retried, for ${inertText(refusal)}, but GitLab refused: ${missingRight}`] : []),
    ...refused.map(
      ({ job, because }) => `${inertCode(job)} was not retried, for GitLab refused: ${inertText(because)}`,
    ),
    ...retried.map(retriedLine),
    ...helpless(facts, name),
  ]
  return lines.length > 0 ? `🔁 Retries:\n\n${bulletList(lines, shown)}` : ''
}

const missingRight =
  "the token's user needs the Developer role on the project, and merge or push rights on the branch if it is protected"

function retriedLine({ name, url, failureReason, status, attempts }: RetriedJob): string {
  const failed = `${inertCodeLink(name, url)} failed${failureReason ? ` with ${inertCode(failureReason)}` : ''}`
  const tries = attempts > 2 ? ` in attempt ${attempts}` : ''
  if (status === 'success') return `${failed} and passed when it was retried${tries}`
  if (status === 'failed') return `${failed} and failed again when it was retried${tries}: that is final`
  return `${failed} and is ${inertText(status)} again`
}

function helpless({ attempt }: FlakyTestsFacts, name: string): string[] {
  const tries = attempt?.latest?.helpless ?? 0
  return tries > 0 ? [`${name} was not retried: ${tries} retries of such a failure have never helped`] : []
}
