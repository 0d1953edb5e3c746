import { addHits, MAX_HITS } from './packed.ts'
import type { FileRecord } from './record.ts'
import type { Attributes } from './xml-handler.ts'

/** `50% (1/2)` */
const CONDITIONS = /\((\d{1,9})\/(\d{1,9})\)/

/** coverage.py names the missed arms by their target lines, which lets reports complete each other. */
const addNamedArms = (record: FileRecord, line: number, missed: readonly string[], covered: number): void => {
  for (const target of missed) record.arm(line, `to ${target.trim()}`, false)
  for (let index = 0; index < covered; index++) record.arm(line, `covered ${index}`, true)
}

const addArms = (record: FileRecord, line: number, attributes: Attributes): void => {
  const found = CONDITIONS.exec(attributes['condition-coverage'] ?? '')
  if (found === null) return
  const [covered, total] = [Number(found[1]), Number(found[2])]
  const missed = attributes['missing-branches']?.split(',', 1000) ?? []
  if (missed.length > 0 && missed.length === total - covered && covered <= 1000)
    addNamedArms(record, line, missed, covered)
  else record.countedArms(line, Math.min(covered, total), total)
}

type Method = { name: string; hits: number | undefined; start: number; end: number }
type MethodLine = { hits: number; attributes: Attributes | undefined }

/** The lines of one class element. Makers repeat lines under their method: the class's own entry wins, once it is known. */
export const createCoberturaClass = (record: FileRecord) => {
  const own = new Set<number>()
  const ofMethods = new Map<number, MethodLine>()
  let method: Method | undefined

  const addMethodLine = (line: number, hits: number, attributes: Attributes): void => {
    const known = ofMethods.get(line)?.hits ?? 0
    const hasArms = attributes['condition-coverage'] !== undefined
    ofMethods.set(line, {
      hits: addHits(known, hits),
      attributes: hasArms ? attributes : ofMethods.get(line)?.attributes,
    })
    if (method === undefined) return
    method.start = Math.min(method.start, line)
    method.end = Math.max(method.end, line)
  }

  return {
    openMethod(name: string, hits: number | undefined): void {
      method = { name, hits, start: MAX_HITS, end: 0 }
    },
    closeMethod(): void {
      if (method !== undefined && method.end > 0) {
        const { name, hits, start, end } = method
        record.function({ name, start, ...(end > start && { end }), ...(hits !== undefined && { hits }) })
      }
      method = undefined
    },
    line(line: number, hits: number, attributes: Attributes, isInMethod: boolean): void {
      if (isInMethod) {
        addMethodLine(line, hits, attributes)
        return
      }
      own.add(line)
      record.line(line, hits)
      addArms(record, line, attributes)
    },
    finish(): void {
      for (const [line, { hits, attributes }] of ofMethods) {
        if (own.has(line)) continue
        record.line(line, hits)
        if (attributes !== undefined) addArms(record, line, attributes)
      }
    },
  }
}
