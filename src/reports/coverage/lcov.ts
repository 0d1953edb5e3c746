import type { Collector } from './collector.ts'
import { createLcovFunctions, type LcovFunctions } from './lcov-functions.ts'
import { parseCount, parseLine } from './numbers.ts'
import { MAX_HITS, MAX_LINE } from './packed.ts'
import type { TextReader } from './reader.ts'
import type { FileRecord } from './record.ts'
import { createLineCutter } from './text-lines.ts'

const COMMA = 44
const isDigit = (code: number): boolean => code >= 48 && code <= 57

/** `DA:line,hits` in plain digits, which is nearly all of a report; false leaves it to the careful way. */
const readPlainLine = (record: FileRecord, text: string, from: number, to: number): boolean => {
  let line = 0
  let index = from
  for (let code = text.charCodeAt(index); index < to && isDigit(code); code = text.charCodeAt(++index)) {
    line = line * 10 + code - 48
  }
  if (text.charCodeAt(index) !== COMMA || index - from > 8) return false
  const start = ++index
  let hits = 0
  for (let code = text.charCodeAt(index); index < to && isDigit(code); code = text.charCodeAt(++index)) {
    hits = hits * 10 + code - 48
  }
  if (index !== to || index === start || line < 1 || line > MAX_LINE) return false
  record.line(line, Math.min(hits, MAX_HITS))
  return true
}

/** `line,hits[,checksum]` */
const readLine = (record: FileRecord, value: string): boolean => {
  const [lineText = '', hitsText = ''] = value.split(',', 2)
  const [line, hits] = [parseLine(lineText), parseCount(hitsText)]
  if (line === undefined || hits === undefined) return false
  record.line(line, hits)
  return true
}

/** `line,[e][f][u]block,branch,taken`, where the branch may be an expression with commas; `u` marks it unreachable. */
const readBranch = (record: FileRecord, value: string): boolean => {
  const [first, second, last] = [value.indexOf(','), value.indexOf(',', value.indexOf(',') + 1), value.lastIndexOf(',')]
  if (first === -1 || last <= second) return false
  const line = parseLine(value.slice(0, first))
  const takenText = value.slice(last + 1).trim()
  const taken = takenText === '-' ? 0 : parseCount(takenText)
  const block = /^([efu]{0,3})(.*)$/i.exec(value.slice(first + 1, second))
  if (line === undefined || taken === undefined || block === null) return false
  if (block[1]?.toLowerCase().includes('u')) return true
  record.arm(line, `${block[2]},${value.slice(second + 1, last)}`, taken > 0)
  return true
}

type Part = { record: FileRecord; functions: LcovFunctions }

/** Whether the line could be read; what lcov does not define, or what the gate has no use for, is passed over. */
const readValue = ({ record, functions }: Part, name: string, value: string): boolean => {
  if (name === 'DA') return readLine(record, value)
  if (name === 'BRDA') return readBranch(record, value)
  if (name === 'FN') return functions.declare(value)
  if (name === 'FNDA') return functions.count(value)
  if (name === 'FNL') return functions.place(value)
  if (name === 'FNA') return functions.alias(value)
  return true
}

/** Reads lcov tracefiles of all 1.x and 2.x (man 1 geninfo), also those that forget `end_of_record`. */
export const createLcovReader = (collector: Collector): TextReader => {
  let part: Part | undefined
  let number = 0

  const finish = (): void => {
    part?.functions.flush()
    collector.close()
    part = undefined
  }

  const start = (path: string): void => {
    finish()
    if (path === '') {
      collector.warn(`Line ${number}: a record without a file name is skipped`)
      return
    }
    const record = collector.open({ path }, { declares: true })
    part = record && { record, functions: createLcovFunctions(record) }
  }

  const readOther = (line: string): void => {
    const colon = line.indexOf(':')
    const name = colon === -1 ? line : line.slice(0, colon)
    if (name === 'end_of_record') finish()
    if (name === 'SF') start(line.slice(colon + 1))
    if (part === undefined || readValue(part, name, line.slice(colon + 1))) return
    collector.warn(`Line ${number}: the record "${line.slice(0, 80)}" cannot be read and is skipped`)
  }

  const onLine = (text: string, from: number, to: number): void => {
    number += 1
    const isHits = text.startsWith('DA:', from)
    if (part === undefined && isHits) return
    if (part !== undefined && isHits && readPlainLine(part.record, text, from + 3, to)) return
    readOther(text.slice(from, to).trim())
  }

  const cutter = createLineCutter(onLine, () => {
    number += 1
    collector.warn(`Line ${number} is too long and skipped`)
  })
  return {
    write: cutter.write,
    end() {
      cutter.end()
      finish()
      return collector.report('lcov')
    },
  }
}
