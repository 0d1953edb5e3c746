import type { Collector } from './collector.ts'
import { ReportError } from './errors.ts'
import { parseCount, parseLine } from './numbers.ts'
import { maximumOfLine } from './packed.ts'
import type { TextReader } from './reader.ts'
import type { FileRecord } from './record.ts'
import { createLineCutter } from './text-lines.ts'

/** Blocks span lines, so that a small file could name billions of them. */
const MAX_LINES = 5_000_000
const MAX_LINES_OF_BLOCK = 100_000
/** `file.go:10.13,12.2 3 1`: from line and column, to line and column, statements, hits. */
const BLOCK = /^(\d{1,10})\.\d{1,10},(\d{1,10})\.\d{1,10} (\d{1,10}) (\S{1,40})$/

type Block = { path: string; start: number; end: number; hits: number }

const readBlock = (line: string): Block | 'nothing' | undefined => {
  const colon = line.lastIndexOf(':')
  const found = BLOCK.exec(line.slice(colon + 1))
  if (colon < 1 || found === null) return undefined
  const [start, end, hits] = [parseLine(found[1] ?? ''), parseLine(found[2] ?? ''), parseCount(found[4] ?? '')]
  if (start === undefined || end === undefined || hits === undefined) return undefined
  if (end - start > MAX_LINES_OF_BLOCK) return undefined
  return Number(found[3]) === 0 ? 'nothing' : { path: line.slice(0, colon), start, end, hits }
}

/** Reads a cover profile of Go: a line counts as often as the block on it that ran most, as `if` and its body share lines. */
export const createGoReader = (collector: Collector): TextReader => {
  let current: { path: string; record: FileRecord | undefined } | undefined
  let [number, lines] = [0, 0]

  const add = ({ path, start, end, hits }: Block): void => {
    if (current?.path !== path) current = { path, record: collector.open({ path }, { combine: maximumOfLine }) }
    if (current.record === undefined) return
    lines += Math.max(0, end - start)
    if (lines > MAX_LINES)
      throw new ReportError('too-large', `The blocks span more than ${MAX_LINES} lines.`, { line: number })
    for (let line = start; line <= end; line++) current.record.line(line, hits)
  }

  const onLine = (text: string, from: number, to: number): void => {
    number += 1
    const line = text.slice(from, to)
    if (line.startsWith('mode:') || line.trim() === '') return
    const block = readBlock(line)
    if (block === undefined)
      collector.warn(`Line ${number}: "${line.slice(0, 80)}" is no block of a cover profile and is skipped`)
    else if (block !== 'nothing') add(block)
  }

  const cutter = createLineCutter(onLine, () => collector.warn('A line that is too long is skipped'))
  return {
    write: cutter.write,
    end() {
      cutter.end()
      return collector.report('go', { maker: 'go' })
    },
  }
}
