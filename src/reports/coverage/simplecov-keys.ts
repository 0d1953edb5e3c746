import { asObject } from './json-shapes.ts'
import { countOf, isLine } from './numbers.ts'
import type { FileRecord } from './record.ts'

const MAX_KEY = 2000

/** Parts of a key that is a Ruby array in text, such as `[:if, 0, 13, 4, 17, 7]`. */
const partsOf = (key: string): string[] => {
  if (key.length > MAX_KEY || !key.startsWith('[') || !key.endsWith(']')) return []
  return key.slice(1, -1).split(', ')
}

const lineIn = (part: string | undefined): number | undefined => {
  const line = part !== undefined && /^\d{1,10}$/.test(part) ? Number(part) : 0
  return isLine(line) ? line : undefined
}

/** Raw branches: `[:if, id, line, column, …]` to its arms, counted on the line of the condition. */
export const addResultsetBranches = (record: FileRecord, branches: Record<string, unknown>): void => {
  for (const [condition, arms] of Object.entries(branches)) {
    const line = lineIn(partsOf(condition)[2])
    if (line === undefined) continue
    for (const [arm, count] of Object.entries(asObject(arms) ?? {})) {
      const taken = countOf(count)
      if (taken !== undefined) record.arm(line, arm, taken > 0)
    }
  }
}

/** `"Billing"` and `:charge` as Ruby prints them. */
const bare = (name: string): string => name.replace(/^:/, '').replace(/^"/, '').replace(/"$/, '')

/** Raw methods: `["Billing", :charge, 12, 2, 18, 5]` to the number of calls. */
export const addResultsetMethods = (record: FileRecord, methods: Record<string, unknown>): void => {
  for (const [key, count] of Object.entries(methods)) {
    const parts = partsOf(key)
    const [start, end, hits] = [lineIn(parts.at(-4)), lineIn(parts.at(-2)), countOf(count)]
    if (start === undefined || hits === undefined) continue
    const owner = bare(parts.slice(0, -5).join(', '))
    const name = bare(parts.at(-5) ?? '')
    record.function({ name: owner === '' ? name : `${owner}#${name}`, start, ...(end !== undefined && { end }), hits })
  }
}
