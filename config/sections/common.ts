/** The pieces that every section of the configuration is made of. */

import { z } from 'zod'
import { nameMatcher, PatternError, pathMatcher } from '../../src/match.ts'

type Camel<Key extends string> = Key extends `${infer Head}_${infer Tail}` ? `${Head}${Capitalize<Camel<Tail>>}` : Key

/** The keys of one level of the YAML in the words of our own code: `skip_labels` is `skipLabels`. */
export type CamelKeys<Value> = { [Key in keyof Value as Camel<Key & string>]: Value[Key] }

const camel = (key: string): string => key.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase())

const camelKeys = <Value extends object>(value: Value): CamelKeys<Value> =>
  Object.fromEntries(Object.entries(value).map(([key, entry]) => [camel(key), entry])) as CamelKeys<Value>

/** A map with exactly these keys. Maps whose keys users choose are records, and keep their keys. */
export const section = <Shape extends z.core.$ZodShape>(shape: Shape) =>
  z.strictObject(shape).transform((value) => camelKeys(value))

const MILLISECONDS = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 }
const DURATION = /^(\d{1,6})([smhd])$/

const milliseconds = (text: string): number => {
  const [, amount, unit] = DURATION.exec(text) ?? []
  return Number(amount) * MILLISECONDS[unit as keyof typeof MILLISECONDS]
}

/** Whoever writes more has mistaken the unit. */
const LONGEST_DAYS = 365
const isBearable = (text: string): boolean => milliseconds(text) <= LONGEST_DAYS * MILLISECONDS.d

const DURATION_HINT = 'a duration such as 0s, 3s, 10m, 24h or 14d'

/** Written as `10m`, read as milliseconds. */
export const duration = (fallback: string) =>
  z
    .string({ error: `expected ${DURATION_HINT}` })
    .regex(DURATION, { error: `expected ${DURATION_HINT}`, abort: true })
    .refine(isBearable, { error: ({ input }) => `expected at most ${LONGEST_DAYS}d, found the text "${input}"` })
    .transform(milliseconds)
    .prefault(fallback)

const compiles = (compile: (patterns: string[]) => unknown) => (pattern: string, context: z.RefinementCtx) => {
  try {
    compile([pattern])
  } catch (error) {
    if (!(error instanceof PatternError)) throw error
    context.addIssue({ code: 'custom', message: error.message })
  }
}

export const namePattern = z.string().superRefine(compiles(nameMatcher))
export const pathPattern = z.string().superRefine(compiles(pathMatcher))
export const text = z.string().min(1)
export const count = z.int().min(0)

/** Globs or regular expressions of names. */
export const names = (fallback: string[]) => z.array(namePattern).default(fallback)

/** Globs or regular expressions of paths. */
export const paths = (fallback: string[]) => z.array(pathPattern).default(fallback)

/** Labels, compared whole. */
export const labels = (fallback: string[]) => z.array(text).default(fallback)

/** Names of conditions; `references.ts` checks that they exist. */
export const conditionNames = (fallback: string[]) => z.array(text).default(fallback)

export const flag = (fallback: boolean) => z.boolean().default(fallback)

/** One, or a list of which any fits. */
export const oneOrMore = <Item extends z.ZodType<string>>(item: Item) =>
  z.union([item, z.array(item).min(1)]).transform((value) => [value].flat())
