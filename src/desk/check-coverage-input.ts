import { createReadStream, readFileSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { dirname, isAbsolute, join, relative, resolve, sep } from 'node:path'
import type { Readable } from 'node:stream'
import type { NamedReport } from '../../workers/undercoverage/judge/types.ts'
import { readCoverage } from '../reports/coverage/read.ts'
import { readGitLabDiffs } from '../reports/diff/gitlab.ts'
import type { Diff } from '../reports/diff/types.ts'
import { readUnifiedDiff } from '../reports/diff/unified.ts'

/** Bytes; a diff that is larger was not made by people. */
const largestDiff = 200 * 1024 * 1024
/** Bytes; nobody writes larger sources. */
const largestSource = 5_000_000

const nothingRead = (because: string): Diff => ({ files: [], incomplete: [{ path: '', because }], warnings: [] })

/** Reads the change; what is wrong with it makes it incomplete. `-` is the standard input. */
export async function readChange(
  given: { diff?: string | undefined; changes?: string | undefined },
  input: Readable,
): Promise<Diff> {
  const file = given.changes ?? given.diff ?? '-'
  try {
    const text = await readText(file === '-' ? input : createReadStream(file))
    return given.changes === undefined ? readUnifiedDiff(text) : readGitLabDiffs(JSON.parse(text))
  } catch (error) {
    return nothingRead(`${file === '-' ? 'the standard input' : file} cannot be read: ${messageOf(error)}`)
  }
}

const messageOf = (error: unknown): string => {
  if (error instanceof SyntaxError) return 'it is not JSON'
  const isMissing = error instanceof Error && 'code' in error && error.code === 'ENOENT'
  return isMissing ? 'no such file' : error instanceof Error ? error.message : String(error)
}

async function readText(stream: Readable): Promise<string> {
  const pieces: Buffer[] = []
  let size = 0
  for await (const piece of stream) {
    const bytes = Buffer.from(piece)
    size += bytes.length
    if (size > largestDiff) throw new Error('it is larger than 200 MB')
    pieces.push(bytes)
  }
  return Buffer.concat(pieces).toString('utf8')
}

/** @param base the directory that the repository's paths start at */
export async function readReport(file: string, base: string, wants: (path: string) => boolean): Promise<NamedReport> {
  return { name: file, directory: directoryIn(base, file), read: await readCoverage(file, { wants }) }
}

/** Where the report lies, as seen from the repository; beside it, the way down to it may still name directories of it. */
function directoryIn(base: string, file: string): string {
  const path = relative(resolve(base), dirname(resolve(file)))
  if (isAbsolute(path)) return ''
  return path
    .split(sep)
    .filter((part) => part !== '..')
    .join('/')
}

/** Git's own data and installed packages are no files of the repository. */
const skipped = new Set(['.git', 'node_modules'])

/** Paths of all files below a directory, with forward slashes. */
export async function listFiles(root: string): Promise<string[]> {
  const found: string[] = []
  const waiting = ['']
  for (let directory = waiting.pop(); directory !== undefined; directory = waiting.pop()) {
    for (const entry of await readdir(join(root, directory), { withFileTypes: true })) {
      const path = directory === '' ? entry.name : `${directory}/${entry.name}`
      if (entry.isDirectory() && !skipped.has(entry.name)) waiting.push(path)
      if (entry.isFile()) found.push(path)
    }
  }
  return found
}

/** Reads files of the tree, and no others, whatever paths a diff names. */
export function sourceReader(root: string, files: readonly string[]): (path: string) => string | null {
  const known = new Set(files)
  return (path) => {
    if (!known.has(path)) return null
    const bytes = readFileSync(join(root, path))
    return bytes.length > largestSource ? null : bytes.toString('utf8')
  }
}
