import type { Readable } from 'node:stream'
import { MessageChannel, Worker } from 'node:worker_threads'
import type { Answer, Question } from './protocol.ts'
import type { AttemptResults, FileKind, Judged, JudgeTask, Packed } from './types.ts'

/** A thread that runs out of memory ends alone; the process does not. */
const resourceLimits = { maxOldGenerationSizeMb: 1_024 }
/** It holds some 20 MB, so it does not stay longer than it is of use. */
const idleMs = 60_000
/** Pieces on their way at a time. */
const piecesAhead = 8
const pieceBytes = 64 * 1024

/** The thread ended with the work undone: out of memory, or the process is being stopped. */
export class ThreadError extends Error {
  override readonly name = 'ThreadError'
}

/** The large reports of one attempt. */
type Reading = {
  /** A file that breaks off is kept as far as it goes. */
  add(path: string, kind: FileKind, source: Readable): Promise<void>
  /** What was read, with what was read elsewhere; the reading is over. */
  pack(others: AttemptResults): Promise<Packed>
}

type Pending = { resolve(value: unknown): void; reject(error: Error): void }

/** Without `id`, for each kind of question. */
type Ask<Kind = Question> = Kind extends Question ? Omit<Kind, 'id'> : never

/** Only development tools run the source as it is; they have to load it in the thread, too. */
const isSource = import.meta.url.endsWith('.ts')
const loadSource = `const { loader, entry } = require('node:worker_threads').workerData
import(loader).then(({ register }) => register()).then(() => import(entry))`

function startThread(): Worker {
  if (!isSource) return new Worker(new URL('./thread.js', import.meta.url), { resourceLimits })
  const workerData = {
    loader: import.meta.resolve('tsx/esm/api'),
    entry: new URL('./thread.ts', import.meta.url).href,
  }
  return new Worker(loadSource, { eval: true, workerData, resourceLimits })
}

/** One thread for all reports of the process, started when it is needed. */
export class TestThread {
  #worker: Worker | null = null
  readonly #pending = new Map<number, Pending>()
  #nextId = 1
  #idle: NodeJS.Timeout | undefined

  reading(): Reading {
    const reading = this.#nextId++
    return {
      add: (path, kind, source) => this.#addFile(reading, path, kind, source),
      pack: (others) => this.#ask({ type: 'pack', reading, others }) as Promise<Packed>,
    }
  }

  judge(task: JudgeTask): Promise<Judged> {
    return this.#ask({ type: 'judge', task }) as Promise<Judged>
  }

  async close(): Promise<void> {
    clearTimeout(this.#idle)
    const worker = this.#worker
    this.#fail(new ThreadError('the process is being stopped'))
    await worker?.terminate()
  }

  async #addFile(reading: number, path: string, kind: FileKind, source: Readable): Promise<void> {
    const { port1: near, port2: far } = new MessageChannel()
    const read = this.#ask({ type: 'file', reading, path, kind, bytes: far }, [far])
    try {
      await Promise.race([read, send(source, near)])
      await read
    } finally {
      near.close()
    }
  }

  #ask(ask: Ask, transfer: readonly MessagePortLike[] = []): Promise<unknown> {
    const worker = this.#running()
    const id = this.#nextId++
    return new Promise((resolve, reject) => {
      this.#pending.set(id, { resolve, reject })
      worker.postMessage({ ...ask, id }, [...transfer])
    })
  }

  #running(): Worker {
    clearTimeout(this.#idle)
    if (this.#worker) return this.#worker
    const worker = startThread()
    worker.unref()
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
    if (this.#pending.size > 0) return
    clearTimeout(this.#idle)
    this.#idle = setTimeout(() => void this.close(), idleMs).unref()
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

type MessagePortLike = MessageChannel['port1']

/** Sends a stream piece by piece; a stream that fails ends there, and its failure is told by who opened it. */
async function send(source: Readable, port: MessagePortLike): Promise<never | undefined> {
  let ahead = 0
  let wake = () => {}
  port.on('message', () => {
    ahead -= 1
    wake()
  })
  try {
    for await (const chunk of source as AsyncIterable<Buffer>) {
      for (let start = 0; start < chunk.length; start += pieceBytes) {
        // A copy of its own: streams share their buffers.
        const piece = Uint8Array.from(chunk.subarray(start, start + pieceBytes))
        port.postMessage(piece, [piece.buffer])
        ahead += 1
        if (ahead >= piecesAhead) await new Promise<void>((resolve) => (wake = resolve))
      }
    }
  } catch {
    // What came before the break is read as a report that was cut.
  } finally {
    port.postMessage(null)
  }
}
