/** The thread in which reports are parsed and judged, so that the process stays quick to answer whatever they hold. */

import { type MessagePort, parentPort } from 'node:worker_threads'
import { judgePacked } from './judge-packed.ts'
import { packResults } from './pack.ts'
import type { Answer, Piece, Question } from './protocol.ts'
import { noResults, readFile } from './read-file.ts'
import type { AttemptResults, Judged, Packed } from './types.ts'

const readings = new Map<number, AttemptResults>()

async function* piecesOf(port: MessagePort): AsyncGenerator<Uint8Array> {
  const waiting: Piece[] = []
  let wake = () => {}
  port.on('message', (piece: Piece) => {
    waiting.push(piece)
    wake()
  })
  try {
    for (;;) {
      const piece = waiting.shift()
      if (piece === null) return
      if (piece) {
        yield piece
        port.postMessage('taken')
        continue
      }
      await new Promise<void>((resolve) => {
        wake = resolve
      })
    }
  } finally {
    port.close()
  }
}

async function read({ reading, path, kind, bytes }: Extract<Question, { type: 'file' }>): Promise<null> {
  const results = readings.get(reading) ?? noResults()
  readings.set(reading, results)
  await readFile(results, { path, kind }, piecesOf(bytes))
  return null
}

function pack({ reading, others }: Extract<Question, { type: 'pack' }>): Packed {
  const { reports, retried } = readings.get(reading) ?? noResults()
  readings.delete(reading)
  return packResults({ reports: [...reports, ...others.reports], retried: [...retried, ...others.retried] })
}

async function answer(question: Question): Promise<Packed | Judged | null> {
  switch (question.type) {
    case 'file':
      return read(question)
    case 'pack':
      return pack(question)
    case 'judge':
      return judgePacked(question.task)
    default:
      return question satisfies never
  }
}

parentPort?.on('message', async (question: Question) => {
  const { id } = question
  try {
    parentPort?.postMessage({ id, value: await answer(question) } satisfies Answer)
  } catch (error) {
    parentPort?.postMessage({ id, error: error instanceof Error ? error.message : String(error) } satisfies Answer)
  }
})
