/** Which of the configured conditions a pipeline meets. Pure. */

import type { BuiltInCondition, ConditionDefinition, ConditionDefinitions } from '../config/schema.ts'
import { labelMatcher, nameMatcher, pathMatcher } from './match.ts'
import { describeTraits, isOfMergeRequest, type Traits } from './traits.ts'
import { allOf, anyOf, fails, holds, noneOf, unknown, type Verdict, whether } from './verdict.ts'

export { type Traits, traitsOf } from './traits.ts'

/** `matched` is the name of the condition that holds, or null; `because` says why none does. */
export type ConditionMatch = { matched: string | null; because: string }

export type MatchOptions = {
  /**
   * `named`, the default: a default branch, a tag or a protected ref meets only a condition that names it
   * (`default_branch`, `tag`, or an own one with `ref`). `any`: they are like every other ref.
   */
  protectedRefs?: 'named' | 'any'
}

const isMergeRequest = ({ refKind }: Traits): boolean => refKind === 'merge_request_head' || refKind === 'merged_result'

const isDefaultBranch = (traits: Traits): Verdict => {
  if (traits.refKind !== 'branch') return fails('it is not of a branch')
  if (traits.defaultBranch === null) return unknown('the default branch of the project is not known')
  if (traits.ref !== traits.defaultBranch) return fails(`the default branch is ${traits.defaultBranch}`)
  return holds(true)
}

const aboutMergeRequest = (
  traits: Traits,
  test: (mergeRequest: NonNullable<Traits['mergeRequest']>) => boolean,
  against: string,
): Verdict => {
  if (traits.mergeRequest !== null) return whether(test(traits.mergeRequest), against)
  return isOfMergeRequest(traits)
    ? unknown('its merge request could not be read')
    : fails('it is not of a merge request')
}

const BUILT_IN: Record<BuiltInCondition, (traits: Traits) => Verdict> = {
  merge_request: (traits) => whether(isMergeRequest(traits), 'it is not of a merge request'),
  fork_merge_request: (traits) =>
    isMergeRequest(traits)
      ? aboutMergeRequest(traits, ({ fork }) => fork, 'its merge request is not from a fork')
      : fails('it is not of a merge request'),
  branch: ({ refKind }) => whether(refKind === 'branch', 'it is not of a branch'),
  default_branch: isDefaultBranch,
  tag: ({ refKind }) => (refKind === 'tag' ? holds(true) : fails('it is not of a tag')),
  schedule: ({ source }) => whether(source === 'schedule', 'it was not started by a schedule'),
  child: ({ child }) => whether(child, 'it is not a child pipeline'),
  merged_result: ({ refKind }) => whether(refKind === 'merged_result', 'it is not of a merged result'),
  merge_train: ({ refKind }) => whether(refKind === 'merge_train', 'it is not of a merge train'),
}

const isBuiltIn = (name: string): name is BuiltInCondition => Object.hasOwn(BUILT_IN, name)

const refVerdict = (ref: string, patterns: readonly string[]): Verdict =>
  nameMatcher(patterns)(ref) ? holds(true) : fails(`its ref is ${ref}`)

const variablesVerdict = (wanted: Record<string, string>, given: Traits['variables']): Verdict => {
  if (given === null) return unknown('its variables are not known')
  return allOf(
    Object.entries(wanted).map(([key, pattern]) => {
      const fits = Object.hasOwn(given, key) && given[key]?.includes(pattern) === true
      return whether(fits, `its variable ${key} does not fit`)
    }),
  )
}

type FieldTest<Key extends keyof ConditionDefinition> = (
  wanted: NonNullable<ConditionDefinition[Key]>,
  traits: Traits,
  evaluateName: (name: string) => Verdict,
) => Verdict

const FIELDS: { [Key in keyof Required<ConditionDefinition>]: FieldTest<Key> } = {
  source: (wanted, { source }) => whether(nameMatcher(wanted)(source), `its source is ${source}`),
  ref: (wanted, { ref }) => refVerdict(ref, wanted),
  sourceBranch: (wanted, traits) =>
    aboutMergeRequest(traits, ({ sourceBranch }) => nameMatcher(wanted)(sourceBranch), 'its source branch is another'),
  targetBranch: (wanted, traits) =>
    aboutMergeRequest(traits, ({ targetBranch }) => nameMatcher(wanted)(targetBranch), 'its target branch is another'),
  labels: (wanted, traits) =>
    aboutMergeRequest(
      traits,
      ({ labels }) => labels.some(labelMatcher(wanted)),
      `it has no label ${wanted.join(', ')}`,
    ),
  project: (wanted, { projectPath }) => whether(pathMatcher(wanted)(projectPath), `its project is ${projectPath}`),
  fork: (wanted, traits) =>
    aboutMergeRequest(traits, ({ fork }) => fork === wanted, wanted ? 'it is not from a fork' : 'it is from a fork'),
  variables: (wanted, { variables }) => variablesVerdict(wanted, variables),
  allOf: (wanted, _, evaluateName) => allOf(wanted.map(evaluateName)),
  anyOf: (wanted, _, evaluateName) => anyOf(wanted.map(evaluateName)),
  not: (wanted, _, evaluateName) => noneOf(wanted.map(evaluateName), `it is ${wanted.join(' or ')}`),
}

const fieldVerdict = <Key extends keyof ConditionDefinition>(
  key: Key,
  definition: ConditionDefinition,
  traits: Traits,
  evaluateName: (name: string) => Verdict,
): Verdict => {
  const wanted = definition[key]
  return wanted === undefined ? holds() : FIELDS[key](wanted, traits, evaluateName)
}

const FIELD_NAMES = Object.keys(FIELDS) as (keyof ConditionDefinition)[]

/** `trail` are the names on the way here: overrides may merge into definitions that go in a circle. */
const evaluate = (
  name: string,
  traits: Traits,
  definitions: ConditionDefinitions,
  trail: readonly string[] = [],
): Verdict => {
  if (isBuiltIn(name)) return BUILT_IN[name](traits)
  const definition = Object.hasOwn(definitions, name) ? definitions[name] : undefined
  if (definition === undefined) return unknown(`there is no condition ${name}`)
  if (trail.includes(name)) return unknown(`condition ${name} goes in a circle`)
  const evaluateName = (next: string) => evaluate(next, traits, definitions, [...trail, name])
  return allOf(FIELD_NAMES.map((key) => fieldVerdict(key, definition, traits, evaluateName)))
}

/** Why the pipeline's ref has to be named, or null if it need not. */
const reasonToBeNamed = ({ refKind, ref, defaultBranch, protectedRef }: Traits): string | null => {
  if (refKind === 'tag') return `${ref} is a tag`
  if (refKind !== 'branch') return null
  if (ref === defaultBranch) return `${ref} is the default branch`
  if (protectedRef) return `${ref} is protected`
  if (defaultBranch === null) return `${ref} may be the default branch`
  return protectedRef === null ? `${ref} may be protected` : null
}

const guarded = (verdict: Verdict, traits: Traits): Verdict => {
  const reason = reasonToBeNamed(traits)
  return reason === null || verdict.holds !== true || verdict.namesRef
    ? verdict
    : fails(`${reason} and counts only where it is named`)
}

/** The first of the conditions that the pipeline meets. What is not known is not met. */
export const matchesAny = (
  names: readonly string[],
  traits: Traits,
  definitions: ConditionDefinitions,
  { protectedRefs = 'named' }: MatchOptions = {},
): ConditionMatch => {
  const reasons: string[] = []
  for (const name of names) {
    const verdict = evaluate(name, traits, definitions)
    const judged = protectedRefs === 'named' ? guarded(verdict, traits) : verdict
    if (judged.holds === true) return { matched: name, because: `it is ${describeTraits(traits)}` }
    reasons.push(`${name}: ${judged.because}`)
  }
  const against = reasons.length > 0 ? ` (${reasons.join('; ')})` : ', and no condition is configured'
  return { matched: null, because: `it is ${describeTraits(traits)}${against}` }
}
