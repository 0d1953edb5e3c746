import type { MessagePort } from 'node:worker_threads'
import type { AttemptResults, FileKind, Judged, JudgeTask, Packed } from './types.ts'

/** What the thread is asked; `id` comes back with the answer. */
export type Question = {
  id: number
} /** Reads a file whose bytes come over the port, and keeps it under `reading`. */ & (
  | { type: 'file'; reading: number; path: string; kind: FileKind; bytes: MessagePort }
  /** Gives what was read together with what was read elsewhere, and forgets it. */
  | { type: 'pack'; reading: number; others: AttemptResults }
  | { type: 'judge'; task: JudgeTask }
)

export type Answer = { id: number } & ({ error: string } | { value: Packed | Judged | null })

/** Bytes of a file; null: it is over. Each is answered, so that no more than a few wait. */
export type Piece = Uint8Array | null
