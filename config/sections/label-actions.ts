import { z } from 'zod'
import { flag, labels, section, text } from './common.ts'

const SIMPLE_STEPS = ['run_pipeline', 'retry_failed_jobs', 'cancel_pipeline', 'recheck_undercoverage'] as const

/** What a label or an approval asks for. */
type LabelStep =
  | { type: (typeof SIMPLE_STEPS)[number] }
  | { type: 'play_job'; job: string }
  | { type: 'note'; text: string }
  | { type: 'add_labels' | 'remove_labels'; labels: string[] }
  /** `ref` null: the default branch of that project. */
  | { type: 'trigger'; project: string; ref: string | null; variables: Record<string, string> }

const trigger = z.strictObject({
  project: text.describe('Path of the project to start a pipeline in'),
  ref: text
    .nullable()
    .default(null)
    .describe(
      'Branch or tag; null: the default branch, which also stands in for a missing branch if {source_branch} or the like is in it',
    ),
  variables: z
    .record(z.string(), z.string())
    .default({})
    .describe('Variables of the new pipeline; may hold {source_branch} and the like'),
})

const stepWithArgument = z
  .strictObject({
    play_job: text.optional().describe('Starts the manual job of this name'),
    note: text.optional().describe('Writes this note'),
    add_labels: z.array(text).min(1).optional().describe('Adds these labels'),
    remove_labels: z.array(text).min(1).optional().describe('Removes these labels'),
    trigger: trigger.optional().describe('Starts a pipeline in another project'),
  })
  .refine((step) => Object.keys(step).length === 1, {
    error: 'expected exactly one thing to do in each entry',
    when: ({ issues }) => issues.length === 0,
  })
  .meta({ minProperties: 1, maxProperties: 1 })

const toStep = (step: z.output<typeof stepWithArgument>): LabelStep => {
  if (step.play_job !== undefined) return { type: 'play_job', job: step.play_job }
  if (step.note !== undefined) return { type: 'note', text: step.note }
  if (step.add_labels !== undefined) return { type: 'add_labels', labels: step.add_labels }
  if (step.remove_labels !== undefined) return { type: 'remove_labels', labels: step.remove_labels }
  if (step.trigger !== undefined) return { type: 'trigger', ...step.trigger }
  // Only an unknown key is left, or none: both are complained about already.
  return z.NEVER
}

const simpleStep = z.enum(SIMPLE_STEPS).transform((type): LabelStep => ({ type }))
const step = z.union([simpleStep, stepWithArgument.transform(toStep)])
const steps = z.array(step).min(1)

const labelAction = section({
  labels: z.array(text).min(1).describe('Any of these, compared whole'),
  on: z
    .array(z.enum(['added', 'removed']))
    .min(1)
    .default(['added'])
    .describe('Whether setting the label, removing it or both start the action'),
  do: steps.describe(`In this order: ${SIMPLE_STEPS.join(', ')}, or a map with play_job, note, …`),
})

const DEFAULT_ACTION: z.input<typeof labelAction> = {
  labels: [
    'pipeline:run-all-rspec',
    'pipeline:run-all-jest',
    'pipeline:run-flaky-tests',
    'pipeline:run-single-db',
    'pipeline:run-review-app',
    'pipeline:run-as-if-foss',
    'pipeline:run-as-if-jh',
    'pipeline:update-cache',
  ],
  on: ['added'],
  do: ['run_pipeline'],
}

export const labelActionsSchema = z.array(labelAction).prefault([DEFAULT_ACTION])

export const approvalsSchema = section({
  enabled: flag(true).describe('Whether an approval is answered'),
  label: text.default('pipeline:mr-approved').describe('Set on the merge request when it is approved'),
  do: steps.prefault(['run_pipeline']).describe('What an approval starts, as in label_actions'),
  unless_only_changed: z
    .array(text)
    .default(['docs'])
    .describe('Names from patterns: nothing is started when every changed file is in one of them'),
  unless_labels: labels(['pipeline:expedite']).describe('Labels with which an approval starts nothing'),
})

export type LabelAction = z.output<typeof labelAction>
export type ApprovalsOptions = z.output<typeof approvalsSchema>
