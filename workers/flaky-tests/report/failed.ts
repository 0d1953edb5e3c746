import { bulletList, plural } from '../../../src/note/wording.ts'
import type { FlakyTestsFacts, TestHistory } from '../facts.ts'
import { historyText } from './history.ts'
import { testLine } from './test-line.ts'

const shown = 10

/** Failed in every attempt that was seen. */
export function failedTests(facts: FlakyTestsFacts): string {
  const { judged, history } = facts
  if (!judged) return ''
  const lines = judged.failed.map((test) => testLine(test, facts, remarks(history[test.id])))
  const unnamed = judged.unnamedFailures
  if (unnamed > 0) lines.push(`${plural(unnamed, 'failure')} without the name of a test`)
  if (lines.length === 0) return ''
  const count = judged.counts.failed + unnamed
  const hidden = judged.counts.failed - judged.failed.length
  const more = hidden > 0 ? `\n- and ${hidden} more that are not listed` : ''
  return `❌ ${plural(count, 'test')} failed:\n\n${bulletList(lines, shown)}${more}`
}

function remarks(history: TestHistory | undefined): string[] {
  if (!history) return []
  switch (history.state) {
    case 'broken':
      return ['broken: its last 3 runs on the default branch failed', historyText(history)]
    case 'flaky':
      return ['known to be flaky, but it did not pass here', historyText(history)]
    case 'suspected':
      return ['suspected of being flaky', historyText(history)]
    case 'healthy':
      return [historyText(history)]
    default:
      return history.state satisfies never
  }
}
