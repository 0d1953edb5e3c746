import type { RetriedTest } from './types.ts'

const failed = ' | failed | '
const url = /^https?:\/\/\S+$/

const fileOf = (id: string): string => id.replace(/\[[\d:]{1,200}\]$/, '').replace(/^\.\//, '')

/**
 * Rows of RSpec's persistence file (`./spec/a_spec.rb[1:2] | failed | 0.12 seconds |`) after a line with the job's URL.
 * The shell that writes the file flattens the rows onto one line, and the reports of all jobs are concatenated.
 */
export const parseRetriedText = (text: string): RetriedTest[] => {
  const tests: RetriedTest[] = []
  let jobUrl: string | null = null

  /** What stands before ` | failed | ` ends with an id; before that is the rest of the row before it. */
  const addRow = (before: string): void => {
    const [first = '', ...others] = before
      .slice(before.lastIndexOf('| ') + 1)
      .trim()
      .split(' ')
    const follows = url.test(first) && others.length > 0
    if (follows) jobUrl = first
    const id = follows ? others.join(' ') : [first, ...others].join(' ')
    if (id === '') return
    tests.push({ id, file: fileOf(id), description: null, reports: null, attempts: null, jobUrl })
  }

  for (const line of text.split('\n')) {
    const words = line.split(/\s+/).filter(Boolean)
    if (words[0] !== undefined && url.test(words[0])) jobUrl = words.shift() ?? null
    const parts = `${words.join(' ')} `.split(failed)
    for (const part of parts.slice(0, -1)) addRow(part)
  }
  return tests
}
