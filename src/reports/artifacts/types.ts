import type { Readable } from 'node:stream'

/** A file out of a job's artifacts, unpacked while it is read. */
export type ArtifactFile = {
  path: string
  /** Bytes, unpacked. */
  size: number
  /** From the start, each time. The stream fails when the archive is broken at this file. */
  open(): Promise<Readable>
}

export type ArtifactProblemKind =
  | 'none'
  | 'expired'
  | 'forbidden'
  | 'refused'
  | 'too_large'
  | 'too_many_entries'
  /** It unpacks to a multiple of its size that no report has. */
  | 'ratio'
  | 'malformed'
  | 'unsafe_name'
  | 'link'
  | 'encrypted'
  | 'unknown_compression'
  | 'repeated'

export type ArtifactProblem = {
  /** As the archive writes it, so for people to be escaped; null: the archive itself. */
  path: string | null
  what: ArtifactProblemKind
  /** In words, for people. */
  why: string
}

/**
 * `read`: everything that fits was handed over, but for what `problems` name. `none`: the job has no archive. `expired`:
 * it had one. `unreadable`: it cannot be fetched, or breaks off.
 */
export type ArtifactOutcome = {
  state: 'read' | 'none' | 'expired' | 'unreadable'
  /** How many files were handed over and could be read. */
  files: number
  problems: ArtifactProblem[]
}

/** Sizes in bytes. */
export type ArtifactLimits = {
  archive: number
  /** One file, unpacked. */
  file: number
  /** All matching files of an archive, unpacked: entries may share their data. */
  unpacked: number
  /** Files and folders of an archive. */
  entries: number
  /** Unpacked to packed size, of files larger than `ratioFrom`. */
  ratio: number
  ratioFrom: number
  /** Problems that are told one by one. */
  problems: number
  /** Plain paths that are asked for one by one rather than by fetching the archive. */
  singleFiles: number
  /** Jobs whose artifacts are on disk at the same time. */
  atOnce: number
}

const mebibyte = 1024 * 1024

export const defaultArtifactLimits: ArtifactLimits = {
  archive: 512 * mebibyte,
  file: 100 * mebibyte,
  unpacked: 2048 * mebibyte,
  entries: 200_000,
  ratio: 300,
  ratioFrom: 10 * mebibyte,
  problems: 50,
  singleFiles: 8,
  atOnce: 4,
}
