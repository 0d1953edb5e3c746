/** The whole configuration file: every section with its defaults and a line that says what each key is for. */

import { z } from 'zod'
import { type CommandOptions, commandsSchema } from './sections/commands.ts'
import { duration, flag, pathPattern, paths, section } from './sections/common.ts'
import { type ConditionDefinitions, conditionsSchema, patternsSchema } from './sections/conditions.ts'
import { type FailFastOptions, failFastSchema } from './sections/fail-fast.ts'
import { type FlakyTestsOptions, flakyTestsSchema } from './sections/flaky-tests.ts'
import {
  type ApprovalsOptions,
  approvalsSchema,
  type LabelAction,
  labelActionsSchema,
} from './sections/label-actions.ts'
import { type RetryOptions, retrySchema } from './sections/retry.ts'
import { type SlackOptions, slackSchema } from './sections/slack.ts'
import { type UndercoverageOptions, undercoverageSchema } from './sections/undercoverage.ts'

export type { BuiltInCondition, ConditionDefinition, ConditionDefinitions } from './sections/conditions.ts'
export type { FlakyTestsOptions } from './sections/flaky-tests.ts'
export type { RetryOptions } from './sections/retry.ts'

/** What holds for one project, overrides included. Durations are milliseconds; globs are still text. */
export type ProjectConfig = {
  dryRun: boolean
  conditions: ConditionDefinitions
  /** Lists of path globs by name. */
  patterns: Readonly<Record<string, string[]>>
  failFast: FailFastOptions
  retry: RetryOptions
  flakyTests: FlakyTestsOptions
  undercoverage: UndercoverageOptions
  labelActions: LabelAction[]
  debounce: number
  approvals: ApprovalsOptions
  commands: CommandOptions
  slack: SlackOptions
}

const sections = {
  dry_run: flag(false).describe('Whether the bot decides, logs and shows, but changes nothing anywhere'),
  conditions: conditionsSchema.describe('Your own names for kinds of pipelines, beside the built-in ones'),
  patterns: patternsSchema.describe('Named lists of paths'),
  fail_fast: failFastSchema.prefault({}).describe('Stops a pipeline as soon as it cannot succeed any more'),
  retry: retrySchema.prefault({}).describe('Which failed jobs deserve another try'),
  flaky_tests: flakyTestsSchema.prefault({}).describe('Tells flaky tests from real failures'),
  undercoverage: undercoverageSchema.prefault({}).describe('Refuses merge requests that change code no test runs'),
  label_actions: labelActionsSchema.describe('What happens when a label is set on a merge request'),
  debounce: duration('5s').describe('Labels set together within this time start one pipeline'),
  approvals: approvalsSchema.prefault({}).describe('What happens when a merge request is approved'),
  commands: commandsSchema.prefault({}).describe('What people may ask of the bot in comments on merge requests'),
  slack: slackSchema.prefault({}).describe('Who is told about failures'),
}

/** An override starts from what is already there, so nothing in it has a default of its own. */
const inOverride = <Inner extends z.ZodType>(schema: z.ZodDefault<Inner> | z.ZodPrefault<Inner>) =>
  schema
    .unwrap()
    .optional()
    .describe(schema.description ?? '')

const override = z
  .strictObject({
    projects: z.array(pathPattern).min(1).describe('Paths of the projects this is for'),
    dry_run: inOverride(sections.dry_run),
    conditions: inOverride(sections.conditions),
    patterns: inOverride(sections.patterns),
    fail_fast: inOverride(sections.fail_fast),
    retry: inOverride(sections.retry),
    flaky_tests: inOverride(sections.flaky_tests),
    undercoverage: inOverride(sections.undercoverage),
    label_actions: inOverride(sections.label_actions),
    debounce: inOverride(sections.debounce),
    approvals: inOverride(sections.approvals),
    commands: inOverride(sections.commands),
    slack: inOverride(sections.slack),
  })
  .describe('Later ones win; maps are merged, lists are replaced')

/** The sections that an override may change, as one project sees them. */
export const projectSchema = section(sections)

/** The file as a whole. */
export const fileSchema = z.strictObject({
  projects: paths(['**']).describe('Paths of the projects that the bot serves'),
  ...sections,
  overrides: z.array(override).default([]).describe('Other settings for some projects'),
})
