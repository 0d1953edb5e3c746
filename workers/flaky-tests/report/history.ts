import type { Origin } from '../../../src/store/tests/types.ts'
import type { TestHistory } from '../facts.ts'

/**
 * `failed 4 of 212 runs, last on merge request 41`. Without a link or a `!`: GitLab would note on that merge request
 * that it was mentioned.
 */
export function historyText(history: TestHistory | undefined): string {
  if (!history || history.failures === 0) return ''
  const last = history.last === null ? '' : `, last on ${originText(history.last)}`
  return `failed ${history.failures} of ${history.runs} runs${last}`
}

function originText(origin: Origin): string {
  if (origin === 'default') return 'the default branch'
  return origin === 'other' ? 'another branch' : `merge request ${origin}`
}
