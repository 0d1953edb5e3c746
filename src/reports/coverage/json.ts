import type { Collector } from './collector.ts'
import { ReportError } from './errors.ts'
import { addIstanbulFile, ISTANBUL_KEYS } from './istanbul.ts'
import { JsonMembers, type MemberHandlers } from './json-members.ts'
import { parseTime } from './numbers.ts'
import type { TextReader } from './reader.ts'
import { addSimplecovFile, readSimplecovMeta } from './simplecov.ts'
import type { CoverageFormat } from './types.ts'

type State = {
  format: CoverageFormat | undefined
  /** Members of the istanbul file that is read. */
  file: Record<string, unknown>
  meta: Record<string, unknown>
  timestamp: number | undefined
}

const latest = (known: number | undefined, value: unknown): number | undefined => {
  const time = typeof value === 'number' ? parseTime(value) : undefined
  return time === undefined ? known : Math.max(time, known ?? 0)
}

/** `coverage` at the root is SimpleCov's JSON, below a command name its resultset; else the root's keys are istanbul's files. */
const formatAt = ([first, second]: readonly string[]): CoverageFormat | undefined => {
  if (first === 'coverage') return 'simplecov'
  if (second === 'coverage') return 'simplecov-resultset'
  return second === 'statementMap' || second === 'data' ? 'istanbul' : undefined
}

const createHandlers = (collector: Collector, wants: (path: string) => boolean, state: State): MemberHandlers => {
  const addFile = (path: string, value: unknown): void => {
    const record = collector.open({ path })
    if (record !== undefined && !addSimplecovFile(record, value)) {
      collector.warn(`What the report says of ${path} cannot be read and is skipped`)
    }
    collector.close()
  }

  /** Lists the file also when its lines are not wanted. */
  const wantsFile = (path: string): boolean => {
    if (wants(path)) return true
    collector.open({ path })
    return false
  }

  return {
    enter(path) {
      const [first, second] = path
      if (path.length < 2 && first !== 'coverage') return true
      state.format ??= formatAt(path)
      return path.length === 1 || (path.length === 2 && first !== 'coverage' && second === 'coverage')
    },
    keep(path) {
      const [first = '', second = '', third = ''] = path
      if (path.length === 3) return wantsFile(third)
      if (path.length !== 2) return false
      if (first === 'coverage') return wantsFile(second)
      if (first === 'meta' || second === 'timestamp') return true
      return ISTANBUL_KEYS.has(second) && wants(first)
    },
    value([first = '', second = '', third = ''], value) {
      if (first === 'coverage') addFile(second, value)
      else if (second === 'coverage') addFile(third, value)
      else if (first === 'meta') state.meta[second] = value
      else if (second === 'timestamp') state.timestamp = latest(state.timestamp, value)
      else state.file[second] = value
    },
    leave(path) {
      if (path.length !== 1) return
      if (state.format === 'istanbul') addIstanbulFile(collector, path[0] ?? '', state.file)
      state.file = {}
    },
  }
}

/** Reads the JSON formats: istanbul's, SimpleCov's and the raw resultset of SimpleCov. */
export const createJsonReader = (collector: Collector, wants: (path: string) => boolean = () => true): TextReader => {
  const state: State = { format: undefined, file: {}, meta: {}, timestamp: undefined }
  let isEmpty = true
  const handlers = createHandlers(collector, wants, state)
  const members = new JsonMembers({
    ...handlers,
    enter(path) {
      if (path.length > 0) isEmpty = false
      return handlers.enter(path)
    },
    keep(path) {
      isEmpty = false
      return handlers.keep(path)
    },
  })

  return {
    write: (text) => members.write(text),
    end() {
      members.end()
      if (state.format === 'simplecov') return collector.report('simplecov', readSimplecovMeta(state.meta))
      if (state.format === 'simplecov-resultset') {
        return collector.report(state.format, {
          maker: 'simplecov',
          ...(state.timestamp && { timestamp: state.timestamp }),
        })
      }
      if (state.format === 'istanbul' || isEmpty) return collector.report('istanbul', { maker: 'istanbul' })
      throw new ReportError('unknown-format', 'This JSON is not a coverage report in a format that can be read.')
    },
  }
}
