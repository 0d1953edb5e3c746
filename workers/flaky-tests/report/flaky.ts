import { details } from '../../../src/note/details.ts'
import { bulletList, plural } from '../../../src/note/wording.ts'
import type { FlakyTestsFacts } from '../facts.ts'
import type { JudgedTest } from '../results/types.ts'
import { historyText } from './history.ts'
import { testLine } from './test-line.ts'

const shown = 50

/** Folded, for they did not break anything; only those that are new here are the author's concern. */
export function flakyTestsFolded(facts: FlakyTestsFacts): string {
  const flaky = facts.judged?.flaky ?? []
  const isKnown = ({ id }: JudgedTest) => facts.history[id]?.knownFlaky === true
  return [
    group(
      `${plural(flaky.filter((test) => !isKnown(test)).length, 'flaky test')} that nobody knew before: new here`,
      flaky.filter((test) => !isKnown(test)),
      facts,
    ),
    group(`${plural(flaky.filter(isKnown).length, 'flaky test')} known from elsewhere`, flaky.filter(isKnown), facts),
  ]
    .filter(Boolean)
    .join('\n\n')
}

function group(title: string, tests: readonly JudgedTest[], facts: FlakyTestsFacts): string {
  if (tests.length === 0) return ''
  const lines = tests.map((test) => testLine(test, facts, [evidenceText(test), historyText(facts.history[test.id])]))
  return details(title, bulletList(lines, shown))
}

function evidenceText({ evidence, confidence, failsJob }: JudgedTest): string {
  const sure = confidence === 'high' ? '' : `, with ${confidence} confidence`
  const fails = failsJob ? ', and fails the job all the same' : ''
  switch (evidence) {
    case 'attempts':
      return `passed only on retry${sure}${fails}`
    case 'testcase':
    case 'report':
      return `failed and passed in one run of its job${sure}${fails}`
    case 'shards':
      return `failed and passed in parallel jobs${sure}${fails}`
    case 'pipelines':
      return `failed and passed in pipelines of one commit${sure}${fails}`
    case 'listed':
      return `listed as retried by the project's own report${sure}${fails}`
    case 'declared':
    case 'bare_repeats':
      return `its report tells of more than one attempt${sure}${fails}`
    case null:
      return ''
    default:
      return evidence satisfies never
  }
}
