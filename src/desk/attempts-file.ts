import { readFile } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { z } from 'zod'

/** One run of a job whose reports are files; what is left out stands for one job, run again and again on one commit. */
export type FileAttempt = {
  pipeline: number
  sha: string
  job: string
  attempt: number
  failureReason: string | null
  files: string[]
}

const defaultJob = 'test'

const entry = z.object({
  pipeline: z.number().int().default(1),
  sha: z.string().default(''),
  job: z.string().min(1).default(defaultJob),
  attempt: z.number().int().optional(),
  failure_reason: z.string().nullish(),
  files: z.array(z.string().min(1)).default([]),
})

const toAttempt = (parsed: z.infer<typeof entry>, index: number, folder: string): FileAttempt => ({
  pipeline: parsed.pipeline,
  sha: parsed.sha,
  job: parsed.job,
  attempt: parsed.attempt ?? index + 1,
  failureReason: parsed.failure_reason ?? null,
  files: parsed.files.map((file) => resolve(folder, file)),
})

/**
 * Reads a list of attempts; paths in it are relative to its own folder.
 *
 * @throws When the file cannot be read, is not JSON, or is no such list; the message says which.
 */
export const readAttemptsFile = async (path: string): Promise<FileAttempt[]> => {
  const parsed = z.array(entry).safeParse(JSON.parse(await readFile(path, 'utf8')))
  if (!parsed.success) throw new Error(`not a list of attempts: ${z.prettifyError(parsed.error).replaceAll('\n', ' ')}`)
  return parsed.data.map((attempt, index) => toAttempt(attempt, index, dirname(path)))
}

/** Reports of one job on one commit, one attempt each, in order. */
export const attemptsOfFiles = (files: readonly string[]): FileAttempt[] =>
  files.map((file, index) => ({
    pipeline: 1,
    sha: '',
    job: defaultJob,
    attempt: index + 1,
    failureReason: null,
    files: [file],
  }))
