import type { MessagePort } from 'node:worker_threads'
import type { AttemptResults, FileKind, JudgeTask } from './types.ts'

/** What the thread is asked. */
export type Question =
  /** Reads a file whose bytes come over the port, and keeps it under `reading`. */
  | { type: 'file'; reading: number; path: string; kind: FileKind; bytes: MessagePort }
  /** Gives what was read together with what was read elsewhere. */
  | { type: 'pack'; reading: number; others: AttemptResults }
  /** Forgets what was read. */
  | { type: 'close'; reading: number }
  | { type: 'judge'; task: JudgeTask }
