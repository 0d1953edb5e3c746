/** Checks that every name of a condition or a list of patterns is the name of one. */

import { isObject } from '../src/json.ts'
import { written } from './issues.ts'
import { nearest } from './nearest.ts'
import type { Problem } from './problem.ts'
import { BUILT_IN_CONDITIONS, DEFAULT_CONDITIONS, DEFAULT_PATTERNS } from './sections/conditions.ts'
import type { KeyPath, YamlFile } from './yaml.ts'

type Mention = { path: KeyPath; name: string }
type Known = { conditions: Record<string, unknown>; patterns: Record<string, unknown> }

const CONDITION_MENTIONS = [
  ['fail_fast', 'pipelines', '*'],
  ['slack', 'routes', '*', 'when', '*'],
  ...['all_of', 'any_of', 'not'].flatMap((key) => [
    ['conditions', '*', key],
    ['conditions', '*', key, '*'],
  ]),
]
const PATTERN_MENTIONS = [['approvals', 'unless_only_changed', '*']]

const entriesOf = (value: unknown): [PropertyKey, unknown][] => {
  if (Array.isArray(value)) return value.map((item, index) => [index, item])
  return isObject(value) ? Object.entries(value) : []
}

/** Every text at a place like `slack.routes.*.when.*`; what has another shape is the schema's to complain about. */
const mentions = (value: unknown, places: readonly string[], path: KeyPath = []): Mention[] => {
  const [place, ...rest] = places
  if (place === undefined) return typeof value === 'string' ? [{ path, name: value }] : []
  return entriesOf(value)
    .filter(([key]) => place === '*' || key === place)
    .flatMap(([key, entry]) => mentions(entry, rest, [...path, key]))
}

const allMentions = (value: unknown, kinds: readonly (readonly string[])[]): Mention[] =>
  kinds.flatMap((places) => mentions(value, places))

const unknownName = (what: string, name: string, known: readonly string[]): string => {
  const meant = nearest(name, known)
  const advice = meant === null ? `known are ${known.join(', ')}` : `did you mean ${meant}?`
  return `unknown ${what} ${JSON.stringify(name)}; ${advice}`
}

/** The names that lead from a condition back to itself, or null. */
const circle = (name: string, conditions: Record<string, unknown>, trail: readonly string[] = []): string[] | null => {
  if (trail.includes(name)) return trail[0] === name ? [...trail, name] : null
  const next = ['all_of', 'any_of', 'not'].flatMap((key) => [
    ...mentions(conditions[name], [key]),
    ...mentions(conditions[name], [key, '*']),
  ])
  for (const mention of next) {
    const found = circle(mention.name, conditions, [...trail, name])
    if (found !== null) return found
  }
  return null
}

const checkOwnConditions = (own: unknown, known: Known, file: YamlFile, prefix: KeyPath): Problem[] =>
  entriesOf(own).flatMap(([key]): Problem[] => {
    const name = String(key)
    const path = [...prefix, 'conditions', name]
    const place = file.placeOfKey(path)
    if (BUILT_IN_CONDITIONS.some((builtIn) => builtIn === name))
      return [{ place, text: `${written(path)}: ${name} is built in and cannot be defined again` }]
    const loop = circle(name, known.conditions)
    return loop === null ? [] : [{ place, text: `${written(path)}: goes in a circle: ${loop.join(' → ')}` }]
  })

/** One level of the file: its root, or one of its overrides. */
const checkLevel = (value: unknown, known: Known, file: YamlFile, prefix: KeyPath): Problem[] => {
  const check = (kinds: readonly (readonly string[])[], what: string, names: readonly string[]): Problem[] =>
    allMentions(value, kinds)
      .filter(({ name }) => !names.includes(name))
      .map(({ path, name }) => {
        const whole = [...prefix, ...path]
        return { place: file.placeOf(whole), text: `${written(whole)}: ${unknownName(what, name, names)}` }
      })
  const conditionNames = [...BUILT_IN_CONDITIONS, ...Object.keys(known.conditions)]
  return [
    ...check(CONDITION_MENTIONS, 'condition', conditionNames),
    ...check(PATTERN_MENTIONS, 'list of patterns', Object.keys(known.patterns)),
    ...checkOwnConditions(isObject(value) ? value.conditions : null, known, file, prefix),
  ]
}

const extended = (known: Known, value: unknown): Known => {
  const own = isObject(value) ? value : {}
  return {
    conditions: { ...known.conditions, ...(isObject(own.conditions) ? own.conditions : {}) },
    patterns: { ...known.patterns, ...(isObject(own.patterns) ? own.patterns : {}) },
  }
}

/** An override knows its own names and those of the file's root, not those of other overrides. */
export const checkReferences = (root: unknown, file: YamlFile): Problem[] => {
  const known = extended({ conditions: DEFAULT_CONDITIONS, patterns: DEFAULT_PATTERNS }, root)
  const overrides = isObject(root) ? entriesOf(root.overrides) : []
  return [
    ...checkLevel(root, known, file, []),
    ...overrides.flatMap(([index, value]) => checkLevel(value, extended(known, value), file, ['overrides', index])),
  ]
}
