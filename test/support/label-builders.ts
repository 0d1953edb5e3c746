import type { MergeRequestEvent, NoteEvent } from '../../src/event.ts'
import type { CommandFacts } from '../../workers/commands/facts.ts'
import { commandsOptions } from '../../workers/commands/options.ts'
import type { ApprovalFacts, LabelChange, LabelFacts, MergeRequestFacts } from '../../workers/label-actions/facts.ts'
import { labelOptions } from '../../workers/label-actions/options.ts'
import type { HeadPipeline, StepFacts } from '../../workers/steps/facts.ts'
import { configOf } from './builders.ts'

export const rspec = 'pipeline:run-all-rspec'
export const jest = 'pipeline:run-all-jest'

const at = Date.parse('2026-03-02T09:05:00Z')
const project = { id: 41, path: 'meadow/orchard', defaultBranch: 'main' }
const sha = 'b1946ac92492d2347c6235b4d2611184b1946ac9'

export const imke = { id: 11, username: 'imke' }
export const jonas = { id: 12, username: 'jonas' }

export const mergeRequestEvent = (change: Partial<MergeRequestEvent> = {}): MergeRequestEvent => ({
  kind: 'merge_request',
  at,
  project,
  mergeRequest: 6,
  action: 'update',
  state: 'opened',
  sha,
  oldSha: null,
  user: imke,
  system: false,
  labels: [],
  labelChange: null,
  changed: [],
  updatedAt: at,
  sourceProject: 41,
  ...change,
})

export const noteEvent = (change: Partial<NoteEvent> = {}): NoteEvent => ({
  kind: 'note',
  at,
  project,
  note: 8001,
  mergeRequest: 6,
  sha,
  user: imke,
  action: 'create',
  addressed: ['@pipewarden help'],
  internal: false,
  ...change,
})

export const headPipeline = (change: Partial<HeadPipeline> = {}): HeadPipeline => ({
  id: 900,
  status: 'success',
  url: 'https://gitlab.test/meadow/orchard/-/pipelines/900',
  ofMergeRequest: true,
  createdAt: at - 60_000,
  outOfReach: null,
  mustRun: null,
  ...change,
})

export const stepFacts = (change: Partial<StepFacts> = {}): StepFacts => ({
  project: 41,
  mergeRequest: 6,
  sha,
  newestPipeline: 900,
  pipelines: [headPipeline()],
  jobs: [],
  targets: [],
  startedLately: 0,
  ...change,
})

export const stepOptions = (yaml = '') => labelOptions(configOf(yaml))

const mergeRequestFacts = (change: Partial<MergeRequestFacts> = {}): MergeRequestFacts => ({
  iid: 6,
  state: 'opened',
  labels: [],
  fork: false,
  hasNotes: false,
  ...change,
})

export const labelChange = (label: string, change: Partial<LabelChange> = {}): LabelChange => ({
  label,
  by: { ...imke, role: null },
  at,
  sha,
  ...change,
})

type Changed<Facts> = Partial<Omit<Facts, 'mergeRequest'>> & { mergeRequest?: Partial<MergeRequestFacts> }

export const labelFacts = ({ mergeRequest, ...change }: Changed<LabelFacts> = {}, yaml = ''): LabelFacts => ({
  about: 'labels',
  options: stepOptions(yaml),
  project: 41,
  event: mergeRequestEvent(),
  remembered: [],
  mergeRequest: mergeRequestFacts(mergeRequest),
  added: [],
  removed: [],
  steps: stepFacts(),
  ...change,
})

export const approvalFacts = ({ mergeRequest, ...change }: Changed<ApprovalFacts> = {}, yaml = ''): ApprovalFacts => ({
  about: 'approval',
  options: stepOptions(yaml),
  project: 41,
  event: mergeRequestEvent({ action: 'approved' }),
  mergeRequest: mergeRequestFacts(mergeRequest),
  sha,
  state: 'fully',
  answered: null,
  approvers: [{ ...jonas, role: null }],
  onlyListedFiles: false,
  steps: stepFacts(),
  ...change,
})

export const commandFacts = (change: Partial<CommandFacts> = {}): CommandFacts => ({
  options: commandsOptions(configOf()),
  project: 41,
  event: noteEvent(),
  bot: { id: 99, username: 'pipewarden' },
  command: { name: 'help', text: 'help' },
  used: 0,
  role: 30,
  ...change,
})
