import { MessageChannel, type MessagePort, Worker } from 'node:worker_threads'
import type { Answer } from './answer.ts'
import { sendPieces } from './pieces.ts'

/** A thread that runs out of memory ends alone; the process does not. */
const resourceLimits = { maxOldGenerationSizeMb: 1_024 }
/** It holds some 20 MB, so it does not stay longer than it is of use. In milliseconds. */
const idleFor = 60_000

/** The thread ended with the work undone: out of memory, or the process is being stopped. */
export class ThreadError extends Error {
  override readonly name = 'ThreadError'
}

/** The thread ran out of memory, rather than being stopped with the process. */
export const isUnbearable = (error: unknown): error is ThreadError =>
  error instanceof ThreadError && error.cause !== undefined

type Pending = { resolve(value: unknown): void; reject(error: Error): void }

/** Only development tools run the source as it is; they have to load it in the thread, too. */
const isSource = import.meta.url.endsWith('.ts')
const loadSource = `const { loader, entry } = require('node:worker_threads').workerData
import(loader).then(({ register }) => register()).then(() => import(entry))`

function startThread(entry: URL): Worker {
  if (!isSource) return new Worker(new URL(entry.href.replace(/\.ts$/, '.js')), { resourceLimits })
  const workerData = { loader: import.meta.resolve('tsx/esm/api'), entry: entry.href }
  return new Worker(loadSource, { eval: true, workerData, resourceLimits })
}

/** A thread for what would hold up everything else: started when it is asked, ended when nobody asks. */
export class WorkerThread<Question extends object> {
  readonly #entry: URL
  readonly #idleMs: number
  #worker: Worker | null = null
  readonly #pending = new Map<number, Pending>()
  /** 0 is for what needs no answer. */
  #nextId = 1
  #kept = 0
  #idle: NodeJS.Timeout | undefined

  /**
   * @param entry the source file that answers (answer.ts)
   * @param idleMs how long it waits for the next question
   */
  constructor(entry: URL, idleMs = idleFor) {
    this.#entry = entry
    this.#idleMs = idleMs
  }

  /** @throws ThreadError; Error with the message of what was thrown in the thread */
  ask(question: Question, transfer: readonly MessagePort[] = []): Promise<unknown> {
    const worker = this.#running()
    const id = this.#nextId++
    return new Promise((resolve, reject) => {
      worker.postMessage({ ...question, id }, [...transfer])
      this.#pending.set(id, { resolve, reject })
      // The process must not end before the answer; a thread at rest is nothing to stay for.
      worker.ref()
    })
  }

  /** Asks about a stream, whose bytes come over the port. @throws what the stream throws */
  async askAbout(source: AsyncIterable<Uint8Array>, question: (bytes: MessagePort) => Question): Promise<unknown> {
    const { port1: near, port2: far } = new MessageChannel()
    const answer = this.ask(question(far), [far])
    try {
      await Promise.race([answer, sendPieces(source, near)])
      return await answer
    } catch (error) {
      answer.catch(() => undefined)
      throw error
    } finally {
      near.close()
    }
  }

  /** Says something that needs no answer; a thread that is not there need not hear it. */
  tell(question: Question): void {
    this.#worker?.postMessage({ ...question, id: 0 })
  }

  /** What a thread holds is lost with it: until the answer of this is called, it does not end for want of questions. */
  keep(): () => void {
    this.#kept += 1
    return () => {
      this.#kept -= 1
      this.#rest()
    }
  }

  async close(): Promise<void> {
    clearTimeout(this.#idle)
    const worker = this.#worker
    this.#fail(new ThreadError('the process is being stopped'))
    await worker?.terminate()
  }

  #running(): Worker {
    clearTimeout(this.#idle)
    if (this.#worker) return this.#worker
    const worker = startThread(this.#entry)
    worker.on('message', (answer: Answer) => this.#settle(answer))
    worker.on('error', (error) => this.#end(worker, new ThreadError(error.message, { cause: error })))
    worker.on('exit', () => this.#end(worker, new ThreadError('the thread ended')))
    this.#worker = worker
    return worker
  }

  #settle(answer: Answer): void {
    const pending = this.#pending.get(answer.id)
    this.#pending.delete(answer.id)
    if ('error' in answer) pending?.reject(new Error(answer.error))
    else pending?.resolve(answer.value)
    this.#rest()
  }

  #rest(): void {
    clearTimeout(this.#idle)
    if (this.#pending.size > 0) return
    this.#worker?.unref()
    if (this.#kept > 0) return
    this.#idle = setTimeout(() => void this.close(), this.#idleMs).unref()
  }

  #end(worker: Worker, error: ThreadError): void {
    if (this.#worker === worker) this.#fail(error)
  }

  #fail(error: ThreadError): void {
    this.#worker = null
    for (const { reject } of this.#pending.values()) reject(error)
    this.#pending.clear()
  }
}
