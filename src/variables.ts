/** What conditions ask of a pipeline's variables. Pure. */

import type { ConditionDefinition, ConditionDefinitions } from '../config/schema.ts'
import { nameMatcher } from './match.ts'

/** Patterns by the name of the variable whose value they are for. */
export type VariablePatterns = Readonly<Record<string, readonly string[]>>

const referredTo = ({ allOf = [], anyOf = [], not = [] }: ConditionDefinition): string[] => [...allOf, ...anyOf, ...not]

/** The definitions of conditions, and of those that they refer to. */
const reachable = (names: readonly string[], definitions: ConditionDefinitions): ConditionDefinition[] => {
  const waiting = [...names]
  const found = new Map<string, ConditionDefinition>()
  for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
    const definition = Object.hasOwn(definitions, name) ? definitions[name] : undefined
    if (definition === undefined || found.has(name)) continue
    found.set(name, definition)
    waiting.push(...referredTo(definition))
  }
  return [...found.values()]
}

/** What the conditions ask about variables; null: nothing, so that none need be read. */
export const variablesAsked = (
  names: readonly string[],
  definitions: ConditionDefinitions,
): VariablePatterns | null => {
  const asked = new Map<string, string[]>()
  for (const { variables = {} } of reachable(names, definitions)) {
    for (const [key, pattern] of Object.entries(variables)) asked.set(key, [...(asked.get(key) ?? []), pattern])
  }
  return asked.size === 0 ? null : Object.fromEntries(asked)
}

/** Which of the patterns the values fit: all that may be kept of values, for these may be secrets. */
export const fittingPatterns = (values: Readonly<Record<string, string>>, asked: VariablePatterns): VariablePatterns =>
  Object.fromEntries(
    Object.entries(asked).flatMap(([key, patterns]) => {
      const value = Object.hasOwn(values, key) ? values[key] : undefined
      return value === undefined ? [] : [[key, patterns.filter((pattern) => nameMatcher([pattern])(value))]]
    }),
  )
