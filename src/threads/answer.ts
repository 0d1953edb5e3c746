import { parentPort } from 'node:worker_threads'

/** What a thread answers; `id` is that of the question. */
export type Answer = { id: number } & ({ error: string } | { value: unknown })

/** Answers in this thread what its `WorkerThread` is asked. */
export function answerQuestions<Question>(answer: (question: Question) => unknown): void {
  const port = parentPort
  port?.on('message', async (question: Question & { id: number }) => {
    const { id } = question
    try {
      port.postMessage({ id, value: await answer(question) } satisfies Answer)
    } catch (error) {
      port.postMessage({ id, error: error instanceof Error ? error.message : String(error) } satisfies Answer)
    }
  })
}
