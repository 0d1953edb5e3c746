import { details } from '../../../src/note/details.ts'
import { inertCode, inertCodeLink, inertText } from '../../../src/note/inert.ts'
import { bulletList, plural } from '../../../src/note/wording.ts'
import type { FlakyTestsFacts, UnreadJob } from '../facts.ts'

const shown = 30

/** What could not be read is said, and not guessed. */
export function notSeen({ unread, latestOnly, judged }: FlakyTestsFacts): string {
  const problems = unread.flatMap(problemLines)
  const invisible = latestOnly.map(
    (name) =>
      `${inertCode(name)}: GitLab's own report shows the last attempt alone; with the report in artifacts:paths, the ones before are seen too`,
  )
  const hidden = (judged?.hiddenRetries ?? []).map(
    ({ job, advice }) => `${inertCode(job)}: this report format shows only final outcomes; ${inertText(advice)}`,
  )
  const listed = (judged?.listedOnly ?? []).map((title) => `${inertCode(title)}: listed as retried, but in no report`)
  const lines = [...problems, ...invisible]
  const isWorthSaying = lines.length > 0 || (judged !== null && (judged.flaky.length > 0 || judged.failed.length > 0))
  const all = [...lines, ...(isWorthSaying ? hidden : []), ...listed]
  return all.length > 0 ? details(`${plural(all.length, 'thing')} that could not be seen`, bulletList(all, shown)) : ''
}

const problemLines = ({ name, url, problems }: UnreadJob): string[] =>
  problems.map(({ path, why }) => {
    const file = path === null ? '' : ` ${inertCode(path)}:`
    return `${inertCodeLink(name, url)}:${file} ${inertText(why)}`
  })
