import { WorkerThread } from '../../../src/threads/worker-thread.ts'
import type { Question } from './protocol.ts'
import type { AttemptResults, FileKind, Judged, JudgeTask, Packed } from './types.ts'

/** The large reports of one attempt. */
type Reading = {
  add(path: string, kind: FileKind, source: AsyncIterable<Uint8Array>): Promise<void>
  /** What was read, with what was read elsewhere. */
  pack(others: AttemptResults): Promise<Packed>
  close(): void
}

/** One thread for all test reports of the process. */
export class TestThread {
  readonly #thread: WorkerThread<Question>
  #nextReading = 1

  constructor(idleMs?: number) {
    this.#thread = new WorkerThread(new URL('./thread.ts', import.meta.url), idleMs)
  }

  reading(): Reading {
    const reading = this.#nextReading++
    const letGo = this.#thread.keep()
    return {
      add: async (path, kind, source) =>
        void (await this.#thread.askAbout(source, (bytes) => ({ type: 'file', reading, path, kind, bytes }))),
      pack: (others) => this.#thread.ask({ type: 'pack', reading, others }) as Promise<Packed>,
      close: () => {
        this.#thread.tell({ type: 'close', reading })
        letGo()
      },
    }
  }

  judge(task: JudgeTask): Promise<Judged> {
    return this.#thread.ask({ type: 'judge', task }) as Promise<Judged>
  }

  close(): Promise<void> {
    return this.#thread.close()
  }
}
