import { type FileHandle, open } from 'node:fs/promises'
import { type Entry, fromRandomAccessReaderPromise, type ZipFile } from 'yauzl'
import type { Matcher } from '../../match.ts'
import { isFolder, nameOf, refusalOfEntry, unsafeName } from './entry.ts'
import { FileWindow } from './file-window.ts'
import { createProblems, problem } from './problems.ts'
import type { ArtifactFile, ArtifactLimits, ArtifactOutcome, ArtifactProblem } from './types.ts'
import { createSpending, unpack } from './unpack.ts'

export type ReadArchiveOptions = {
  limits: ArtifactLimits
  wants: Matcher
  handle: (file: ArtifactFile) => Promise<void>
}

const tooMany = ({ entryCount }: ZipFile, { entries }: ArtifactLimits): ArtifactProblem | null =>
  entryCount <= entries
    ? null
    : problem(null, 'too_many_entries', `it has ${entryCount} entries, more than the ${entries} that are read`)

const broken = (error: unknown): ArtifactProblem =>
  problem(
    null,
    'malformed',
    `it is no whole zip archive: ${error instanceof Error ? error.message : 'unknown failure'}`,
  )

/** The entries of an archive, until it breaks off. */
async function* entriesOf(zip: ZipFile, onBreak: (error: unknown) => void): AsyncGenerator<Entry> {
  const entries = zip.eachEntry()
  try {
    for (;;) {
      const next = await entries.next().catch((error) => void onBreak(error))
      if (next === undefined || next.done) return
      yield next.value
    }
  } finally {
    await entries.return?.()
  }
}

/** What speaks against an entry; null: nothing; undefined: nobody asked for it. */
type Judge = (path: string, entry: Entry) => ArtifactProblem | null | undefined

const createJudge = ({ limits, wants }: ReadArchiveOptions): Judge => {
  const seen = new Set<string>()
  return (path, entry) => {
    const unsafe = unsafeName(path)
    if (unsafe !== null) return unsafe
    if (isFolder(path) || !wants(path)) return undefined
    if (seen.has(path)) return problem(path, 'repeated', 'it is in the archive twice, and the first was read')
    seen.add(path)
    return refusalOfEntry(path, entry, limits)
  }
}

const readEntries = async (zip: ZipFile, options: ReadArchiveOptions): Promise<ArtifactOutcome> => {
  const { limits, handle } = options
  const problems = createProblems(limits.problems)
  const spend = createSpending(limits)
  const judge = createJudge(options)
  let state: ArtifactOutcome['state'] = 'read'
  let files = 0

  const onBreak = (error: unknown): void => {
    state = 'unreadable'
    problems.add(broken(error))
  }

  for await (const entry of entriesOf(zip, onBreak)) {
    const path = nameOf(entry)
    const against = judge(path, entry)
    if (against === undefined) continue
    const found = against ?? (await unpack(zip, entry, path, { spend, handle }))
    if (found === null) files += 1
    else problems.add(found)
  }
  return { state, files, problems: problems.list() }
}

const unreadable = (found: ArtifactProblem): ArtifactOutcome => ({ state: 'unreadable', files: 0, problems: [found] })

const openZip = async (file: FileHandle): Promise<ZipFile> =>
  fromRandomAccessReaderPromise(new FileWindow(file), (await file.stat()).size, {
    autoClose: false,
    // Names are read and judged one by one, as strictly as `strictFileNames` does: see nameOf.
    decodeStrings: false,
    strictFileNames: true,
    validateEntrySizes: true,
  })

/**
 * Hands the files of a zip archive that `wants` names to `handle`, one after the other, unpacked while they are read and
 * never written to disk.
 *
 * @throws What `handle` throws, and the file system's error when there is no file.
 */
export const readArchive = async (path: string, options: ReadArchiveOptions): Promise<ArtifactOutcome> => {
  const file = await open(path)
  try {
    const zip = await openZip(file).catch(broken)
    if ('what' in zip) return unreadable(zip)
    const refused = tooMany(zip, options.limits)
    return refused === null ? await readEntries(zip, options) : unreadable(refused)
  } finally {
    await file.close()
  }
}
