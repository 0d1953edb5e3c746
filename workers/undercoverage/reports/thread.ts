/** The thread in which coverage reports are read and judged by, so that the process stays quick to answer whatever they hold. */

import { answerQuestions } from '../../../src/threads/answer.ts'
import { receivePieces } from '../../../src/threads/pieces.ts'
import type { Question } from './protocol.ts'
import { createReports, type Reports } from './read-and-judge.ts'

const readings = new Map<number, Reports>()

function readingOf({ reading }: Question): Reports {
  const found = readings.get(reading)
  if (!found) throw new Error('what was read is lost: the thread ended meanwhile')
  return found
}

async function answer(question: Question): Promise<unknown> {
  switch (question.type) {
    case 'open':
      return void readings.set(question.reading, createReports(question.changed))
    case 'read':
      return readingOf(question).read(question.report, receivePieces(question.bytes))
    case 'broken':
      return readingOf(question).addBroken(question.report)
    case 'survey':
      return readingOf(question).survey(question.task)
    case 'judge':
      return readingOf(question).judge(question.task)
    case 'close':
      return void readings.delete(question.reading)
    default:
      return question satisfies never
  }
}

answerQuestions(answer)
