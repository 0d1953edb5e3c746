import type { Action } from '../../src/action.ts'
import type { NoteEvent } from '../../src/event.ts'
import type { Job } from '../../src/gitlab/types.ts'
import type { Readers } from '../../src/readers.ts'
import type { SavedDecision } from '../../src/store/decisions.ts'
import { gatherSteps } from '../steps/gather.ts'
import type { TemplateValues } from '../steps/template.ts'
import { commandSteps } from './command-steps.ts'
import type { CommandFacts, Stopped, Told } from './facts.ts'
import type { CommandsOptions } from './options.ts'
import { parseCommand } from './parse.ts'
import { countsSince, spokenAgainst } from './rules.ts'

const decisionsTold = 10
const decisionsSearched = 100
/** GitLab's clock and ours may differ. */
const clockSkewMs = 60_000

/** Stops reading at the first thing that speaks against the command. */
export async function gather(event: NoteEvent, read: Readers, options: CommandsOptions): Promise<CommandFacts> {
  const { id: project } = event.project
  const { id, username } = await read.gitlab.currentUser()
  const command = parseCommand(event.addressed, username)
  const facts: CommandFacts = { options, project, event, bot: { id, username }, command }
  if (!command || !event.user || !event.mergeRequest || event.user.id === id) return facts
  const used = await read.memory.commands(event.user.id, countsSince(event))
  if (spokenAgainst({ ...facts, used })) return { ...facts, used }
  const known = { ...facts, used, role: await read.gitlab.memberRole(project, event.user.id) }
  if (spokenAgainst(known)) return known
  return { ...known, ...(await readFor(known, event.mergeRequest, read)) }
}

async function readFor(facts: CommandFacts, iid: number, read: Readers): Promise<Partial<CommandFacts>> {
  const { project, command } = facts
  switch (command?.name) {
    case 'run':
    case 'retry':
    case 'cancel':
      return readSteps(facts, iid, read)
    case 'explain':
      return { told: (await decisionsOf(project, iid, read)).slice(0, decisionsTold).map(told) }
    case 'undo':
      return { stopped: await readStopped(project, iid, read) }
    default:
      return {}
  }
}

async function readSteps({ project, command, options }: CommandFacts, iid: number, read: Readers) {
  const mergeRequest = await read.gitlab.mergeRequest(project, iid)
  const steps = commandSteps(command)
  return {
    state: mergeRequest.state,
    fork: mergeRequest.sourceProject !== mergeRequest.targetProject,
    steps: await gatherSteps({ steps, mergeRequest, values: noValues, options }, read),
  }
}

/** No command starts a pipeline elsewhere, so no template is filled. */
const noValues: TemplateValues = {
  source_branch: '',
  target_branch: '',
  project: '',
  merge_request: '',
  sha: '',
  label: '',
  user: '',
}

/** Answers to commands are in the merge request already. */
async function decisionsOf(project: number, iid: number, read: Readers): Promise<SavedDecision[]> {
  const all = await read.decisions.ofMergeRequest(project, iid, decisionsSearched)
  return all.filter(({ reaction }) => reaction !== 'commands')
}

const told = ({ at, reaction, because, actions, outcomes }: SavedDecision): Told => ({
  at,
  reaction,
  because,
  actions: actions.map(({ type }, index) => ({ type, result: outcomes[index]?.result ?? null })),
})

async function readStopped(project: number, iid: number, read: Readers): Promise<Stopped | null> {
  for (const { reaction, actions, at } of await decisionsOf(project, iid, read)) {
    if (reaction !== 'fail-fast') continue
    const cancel = actions.find((action) => action.type === 'cancel_pipeline' && action.project === project)
    if (cancel?.type !== 'cancel_pipeline') continue
    const { pipeline } = cancel
    const [jobs, mark] = await Promise.all([
      readCancelled(project, pipeline, at, read),
      readMark(project, pipeline, actions, read),
    ])
    return { pipeline, mark, jobs: jobs.map(stoppedJob) }
  }
  return null
}

/** What a person had cancelled before stays cancelled. */
async function readCancelled(project: number, pipeline: number, since: number, read: Readers): Promise<Job[]> {
  const jobs = await read.gitlab.pipelineJobs(project, pipeline)
  return jobs.filter(
    ({ status, finishedAt }) =>
      status === 'canceled' && (finishedAt === null || Date.parse(finishedAt) >= since - clockSkewMs),
  )
}

/** It is set only where the pipeline did not end as failed by itself, and may be taken back already. */
async function readMark(project: number, pipeline: number, actions: readonly Action[], { gitlab }: Readers) {
  const ensure = actions.find(({ type }) => type === 'ensure_pipeline_failed')
  if (ensure?.type !== 'ensure_pipeline_failed') return null
  const { sha, status: name } = ensure
  const found = await gitlab.commitStatuses(project, sha, { pipeline, name })
  const [newest] = found.toSorted((one, other) => other.id - one.id)
  return newest?.status === 'failed' ? { sha, name } : null
}

/** GitLab does not tell which jobs are manual: by default those need not succeed, and here nobody had started them yet. */
const stoppedJob = ({ id, name, allowFailure, startedAt }: Job): Stopped['jobs'][number] => ({
  id,
  name,
  mayBeManual: allowFailure && startedAt === null,
})
