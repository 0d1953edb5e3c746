import { parseCount, parseLine } from './numbers.ts'
import { addHits } from './packed.ts'
import type { FileRecord } from './record.ts'

type Place = { start: number; end?: number }

/** The function records of one lcov record; each reading method says whether it understood its value. */
export type LcovFunctions = {
  /** FN: `start[,end],name` */
  declare(value: string): boolean
  /** FNDA: `count,name` */
  count(value: string): boolean
  /** FNL (lcov 2.2): `index,start[,end]` */
  place(value: string): boolean
  /** FNA (lcov 2.2): `index,count,name`; several names of one place are aliases, as of a template. */
  alias(value: string): boolean
  /** Hands the functions to the record: counts may come before or after the declarations. */
  flush(): void
}

/** Names may hold commas, so only the leading fields are cut off. */
const cutAtComma = (value: string): [string, string | undefined] => {
  const comma = value.indexOf(',')
  return comma === -1 ? [value, undefined] : [value.slice(0, comma), value.slice(comma + 1)]
}

const placeOf = (start: number, end: number | undefined): Place =>
  end === undefined || end < start ? { start } : { start, end }

const readDeclaration = (value: string): (Place & { name: string }) | undefined => {
  const [startText, rest] = cutAtComma(value)
  const start = parseLine(startText)
  if (start === undefined || rest === undefined) return undefined
  const [endText, name] = cutAtComma(rest)
  const end = name === undefined ? undefined : parseLine(endText)
  return { name: name === undefined || end === undefined ? rest : name, ...placeOf(start, end) }
}

const readPlace = (value: string): { index: string; place: Place } | undefined => {
  const [index = '', startText = '', endText = ''] = value.split(',', 3)
  const start = parseLine(startText)
  return start === undefined ? undefined : { index, place: placeOf(start, parseLine(endText)) }
}

const readAlias = (value: string): { index: string; hits: number; name: string } | undefined => {
  const [index, rest = ''] = cutAtComma(value)
  const [countText, name] = cutAtComma(rest)
  const hits = parseCount(countText)
  return hits === undefined || name === undefined ? undefined : { index, hits, name }
}

export const createLcovFunctions = (record: FileRecord): LcovFunctions => {
  const declared: (Place & { name: string })[] = []
  const calls = new Map<string, number>()
  const places = new Map<string, Place>()
  const aliases: { index: string; hits: number; name: string }[] = []

  const flush = (): void => {
    for (const found of declared) {
      const hits = calls.get(found.name)
      record.function(hits === undefined ? found : { ...found, hits })
    }
    for (const { index, hits, name } of aliases) {
      const place = places.get(index)
      if (place !== undefined) record.function({ name, ...place, hits })
    }
  }

  return {
    declare(value) {
      const found = readDeclaration(value)
      if (found !== undefined) declared.push(found)
      return found !== undefined
    },
    count(value) {
      const [countText, name] = cutAtComma(value)
      const hits = parseCount(countText)
      if (hits === undefined || name === undefined) return false
      calls.set(name, addHits(calls.get(name) ?? 0, hits))
      return true
    },
    place(value) {
      const found = readPlace(value)
      if (found !== undefined) places.set(found.index, found.place)
      return found !== undefined
    },
    alias(value) {
      const found = readAlias(value)
      if (found !== undefined) aliases.push(found)
      return found !== undefined
    },
    flush,
  }
}
