/** The thread in which reports are parsed and judged, so that the process stays quick to answer whatever they hold. */

import { answerQuestions } from '../../../src/threads/answer.ts'
import { receivePieces } from '../../../src/threads/pieces.ts'
import { judgePacked } from './judge-packed.ts'
import { packResults } from './pack.ts'
import type { Question } from './protocol.ts'
import { noResults, readFile } from './read-file.ts'
import type { AttemptResults, Judged, Packed } from './types.ts'

const readings = new Map<number, AttemptResults>()

async function read({ reading, path, kind, bytes }: Extract<Question, { type: 'file' }>): Promise<null> {
  const results = readings.get(reading) ?? noResults()
  readings.set(reading, results)
  await readFile(results, { path, kind }, receivePieces(bytes))
  return null
}

/** Asked for only after something was read. */
function pack({ reading, others }: Extract<Question, { type: 'pack' }>): Packed {
  const found = readings.get(reading)
  if (!found) throw new Error('what was read is lost: the thread ended meanwhile')
  return packResults({
    reports: [...found.reports, ...others.reports],
    retried: [...found.retried, ...others.retried],
  })
}

async function answer(question: Question): Promise<Packed | Judged | null | undefined> {
  switch (question.type) {
    case 'file':
      return read(question)
    case 'pack':
      return pack(question)
    case 'close':
      return void readings.delete(question.reading)
    case 'judge':
      return judgePacked(question.task)
    default:
      return question satisfies never
  }
}

answerQuestions(answer)
