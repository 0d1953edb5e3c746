import { parseRetriedJson } from './json.ts'
import { parseRetriedText } from './text.ts'
import type { RetriedReport } from './types.ts'

const maxCharacters = 20 * 1024 * 1024

/** Reads one of the project's own reports of retried tests: the text of the retrying script, or the JSON of gitlab-rspec_flaky. */
export const readRetriedTests = (source: string): RetriedReport => {
  if (source.length > maxCharacters) return { tests: [], problem: 'too_large' }
  const text = source.replace(/^\ufeff/, '').trimStart()
  if (!text.startsWith('{') && !text.startsWith('[')) return { tests: parseRetriedText(text), problem: null }
  const tests = parseRetriedJson(text)
  return tests ? { tests, problem: null } : { tests: [], problem: 'unparseable' }
}
