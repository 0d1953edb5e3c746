import { inertCode, inertCodeLink, inertText } from '../../../src/note/inert.ts'
import type { FlakyTestsFacts } from '../facts.ts'
import type { JudgedTest } from '../results/types.ts'

const messageChars = 200

/** The test by name, linked to the job that shows its failure, and what it says. */
export function testLine(test: JudgedTest, facts: FlakyTestsFacts, remarks: readonly string[]): string {
  const url = jobUrl(test.job, facts)
  const name = url ? inertCodeLink(nameOf(test), url) : inertCode(nameOf(test))
  const message = inertText(test.message.split('\n', 1)[0] ?? '', { maxChars: messageChars })
  const about = remarks.filter(Boolean)
  return `${[name, ...about].join(', ')}${message ? `: ${message}` : ''}`
}

const nameOf = ({ identity: { classname, name } }: JudgedTest): string =>
  classname && !name.startsWith(classname) ? `${classname} ${name}` : name

/** Jobs are pages beside their pipeline. */
function jobUrl(job: number, { pipeline }: FlakyTestsFacts): string | null {
  const base = /^(https?:\/\/.*\/-\/)pipelines\/\d+$/.exec(pipeline.url)?.[1]
  return job > 0 && base ? `${base}jobs/${job}` : null
}
