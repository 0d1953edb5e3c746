import { z } from 'zod'
import { namePattern, oneOrMore, pathPattern, section, text } from './common.ts'

/** What every configuration knows without naming it; `src/conditions.ts` says what each means. */
export const BUILT_IN_CONDITIONS = [
  'merge_request',
  'fork_merge_request',
  'branch',
  'default_branch',
  'tag',
  'schedule',
  'child',
  'merged_result',
  'merge_train',
] as const

export type BuiltInCondition = (typeof BUILT_IN_CONDITIONS)[number]

const ownName = z.string().regex(/^[A-Za-z][A-Za-z0-9_-]*$/, {
  error: 'a name here starts with a letter and has letters, digits, _ and - only',
})

const variableName = z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, { error: 'this cannot be the name of a variable' })

const conditionSchema = section({
  source: oneOrMore(namePattern).optional().describe('How the pipeline came about: push, schedule, web, api, …'),
  ref: oneOrMore(namePattern)
    .optional()
    .describe('The branch or tag; pipelines of merge requests have refs/merge-requests/17/head'),
  source_branch: oneOrMore(namePattern).optional().describe('Where the merge request comes from'),
  target_branch: oneOrMore(namePattern).optional().describe('Where the merge request wants to go'),
  labels: oneOrMore(text).optional().describe('Any of these is on the merge request'),
  project: oneOrMore(pathPattern).optional().describe('The path of the project'),
  fork: z.boolean().optional().describe('Whether the merge request comes from a fork'),
  variables: z
    .record(variableName, namePattern)
    .optional()
    .describe('Variables that the pipeline was started with, each with a glob for its value; all must fit'),
  all_of: oneOrMore(text).optional().describe('Names of conditions that must all hold'),
  any_of: oneOrMore(text).optional().describe('Names of conditions of which one must hold'),
  not: oneOrMore(text).optional().describe('Names of conditions of which none may hold'),
})
  .refine((definition) => Object.keys(definition).length > 0, {
    error: 'a condition without a key would hold for every pipeline',
  })
  .describe('Holds when everything that is named in it holds')

export type ConditionDefinition = z.output<typeof conditionSchema>
export type ConditionDefinitions = Readonly<Record<string, ConditionDefinition>>

/** Known in every file; a file that defines the same name replaces it. */
export const DEFAULT_CONDITIONS: Record<string, z.input<typeof conditionSchema>> = {
  nightly: { source: 'schedule', ref: 'master', variables: { NIGHTLY: '*' } },
}

/** Known in every file; a file that defines the same name replaces it. */
export const DEFAULT_PATTERNS: Record<string, string[]> = {
  docs: ['doc/**', '**/*.md'],
  ci: ['.gitlab-ci.yml', '.gitlab/ci/**'],
}

export const conditionsSchema = z.record(ownName, conditionSchema).prefault(DEFAULT_CONDITIONS)

export const patternsSchema = z.record(ownName, z.array(pathPattern)).prefault(DEFAULT_PATTERNS)
