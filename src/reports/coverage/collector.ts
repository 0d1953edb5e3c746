import { ReportError } from './errors.ts'
import { createFileCoverage, EMPTY_DATA } from './file-coverage.ts'
import { createRecord, type FileRecord, type RecordOptions } from './record.ts'
import type { CoverageFormat, CoverageReport, FileData, FunctionCoverage, ReadOptions, ReportFile } from './types.ts'
import { uniteData } from './unite.ts'
import { createWarnings } from './warnings.ts'

const MAX_FILES = 250_000
const MAX_FUNCTIONS = 500_000
const MAX_NAME = 500
const MAX_PATH = 4096

type FileIdentity = Omit<ReportFile, 'coverage'>

/** What a report says about itself. */
export type ReportMeta = Partial<Omit<CoverageReport, 'format' | 'files' | 'warnings'>>

/** Gathers what a reader finds. */
export type Collector = {
  /** Closes the record before, lists the file, and gives a record to fill: undefined when its lines are not wanted. */
  open(file: FileIdentity, options?: RecordOptions): FileRecord | undefined
  close(): void
  warn(message: string): void
  report(format: CoverageFormat, meta?: ReportMeta): CoverageReport
}

/** A file with its records so far, united like the digits of a counter: many small records cost n log n, not n². */
type Known = { identity: FileIdentity; pending: FileData[] | undefined }

/** A string of its own, since a slice of a bigger string keeps all of that in memory. */
const detach = (text: string): string => Buffer.from(text).toString()

const keyOf = ({ path, packageIndex, groups }: FileIdentity): string =>
  packageIndex === undefined && groups === undefined ? path : [path, packageIndex ?? '', ...(groups ?? [])].join('\0')

const detached = ({ path, groups, package: name, packageIndex }: FileIdentity): FileIdentity => ({
  path: detach(path),
  ...(groups !== undefined && { groups: groups.map(detach) }),
  ...(name !== undefined && { package: detach(name) }),
  ...(packageIndex !== undefined && { packageIndex }),
})

const sizeOf = (data: FileData): number => data.lines.length + data.arms.length + data.functions.length + 1

const addData = (pending: FileData[], data: FileData): void => {
  if (data.lastLine === 0) return
  let united = data
  for (let last = pending.at(-1); last !== undefined && sizeOf(last) <= 2 * sizeOf(united); last = pending.at(-1)) {
    united = uniteData(last, united)
    pending.pop()
  }
  pending.push(united)
}

const toReportFile = ({ identity, pending }: Known): ReportFile => {
  if (pending === undefined) return identity
  const [first = EMPTY_DATA, ...rest] = pending
  return { ...identity, coverage: createFileCoverage(rest.reduce(uniteData, first)) }
}

/** Names of C++ templates can be longer than the code they stand for. */
const shortened = (found: FunctionCoverage): FunctionCoverage => ({
  ...found,
  name: detach(found.name.length > MAX_NAME ? `${found.name.slice(0, MAX_NAME)}…` : found.name),
})

/** Lets so many functions of a report through. */
const functionLimit = (warn: (message: string) => void) => {
  let count = 0
  return (found: FunctionCoverage): FunctionCoverage | undefined => {
    count += 1
    if (count === MAX_FUNCTIONS + 1) warn(`Only the first ${MAX_FUNCTIONS} functions are kept`)
    return count <= MAX_FUNCTIONS ? shortened(found) : undefined
  }
}

export const createCollector = ({ wants = () => true }: ReadOptions = {}): Collector => {
  const known = new Map<string, Known>()
  const warnings = createWarnings()
  const record = createRecord(functionLimit(warnings.warn))
  let current: FileData[] | undefined

  const find = (file: FileIdentity): Known => {
    const key = keyOf(file)
    const found = known.get(key)
    if (found !== undefined) return found
    if (known.size >= MAX_FILES) throw new ReportError('too-large', `The report lists more than ${MAX_FILES} files.`)
    const added = { identity: detached(file), pending: wants(file.path) ? [] : undefined }
    known.set(detach(key), added)
    return added
  }

  const close = (): void => {
    if (current !== undefined) addData(current, record.finish())
    current = undefined
  }

  return {
    open(file, options) {
      close()
      if (file.path.length > MAX_PATH) {
        warnings.warn(`A path of ${file.path.length} characters is left out`)
        return undefined
      }
      const { pending } = find(file)
      if (pending === undefined) return undefined
      record.start(options)
      current = pending
      return record
    },
    close,
    warn: warnings.warn,
    report(format, meta = {}) {
      close()
      const files = [...known.values()].map(toReportFile)
      return { format, sources: [], ignoredFiles: [], ...meta, files, warnings: warnings.all() }
    },
  }
}
