import { type Action, act, type Decision, skip } from '../../src/action.ts'
import { sentenceList } from '../../src/note/wording.ts'
import type { UndercoverageFacts } from './facts.ts'
import { withLeftovers } from './leftovers.ts'
import { section, sparedSection } from './report.ts'
import { isWaiting, type StatusText, stageOf, stateOf, switchedOff } from './rules.ts'

const waitingText = 'waits for the coverage jobs of the pipeline'

/** Pure: the same facts always give the same decision. */
export const decide = (facts: UndercoverageFacts): Decision => withLeftovers(decideStage(facts), facts)

function decideStage(facts: UndercoverageFacts): Decision {
  const stage = stageOf(facts)
  switch (stage.kind) {
    case 'nothing':
      return skip(stage.because)
    case 'off':
      return isWaiting(facts.current)
        ? act(switchedOff, ...status(facts, { state: 'success', description: switchedOff }))
        : asItIs(facts, switchedOff)
    case 'over':
      return isWaiting(facts.current)
        ? act(stage.because, ...status(facts, { state: 'canceled', description: stage.because }))
        : asItIs(facts, stage.because)
    case 'spared':
      return spare(facts, stage.description)
    case 'waiting':
      return wait(facts, stage.for)
    case 'stopped':
      return asItIs({ ...facts, isSwept: true }, 'the pipeline was cancelled, and the status with it')
    case 'judged':
      return asItIs(facts, 'it was judged since its last coverage job ended')
    case 'ended':
      return judge(facts)
    default:
      return stage satisfies never
  }
}

/** Waiting ones are remembered by being set, so what is remembered wrongly is set once more as it is. */
function asItIs(facts: UndercoverageFacts, because: string): Decision {
  const { current } = facts
  if (!current || !facts.isSwept) return skip(because)
  return act(
    because,
    ...status(facts, { state: current.state as StatusText['state'], description: current.description }),
  )
}

function wait(facts: UndercoverageFacts, jobs: readonly string[]): Decision {
  const because = `waits for ${sentenceList(jobs, 3)}`
  if (!facts.options.undercoverage.hold) return skip(because)
  if (isWaiting(facts.current) && !facts.isSwept) return skip(`${because}, and the status says so`)
  return act(because, ...status(facts, { state: 'pending', description: waitingText }))
}

function spare(facts: UndercoverageFacts, description: string): Decision {
  const { current, label } = facts
  const isSaid = current?.state === 'success' && current.description === description
  if (isSaid || !label) return asItIs(facts, description)
  return act(
    description,
    ...note(facts, { section: sparedSection(label), onlyIfThere: true }),
    ...status(facts, { state: 'success', description }),
  )
}

function judge(facts: UndercoverageFacts): Decision {
  const { findings, options } = facts
  if (!findings) return skip('nothing was judged')
  const text = stateOf(findings, options)
  return act(
    `${findings.verdict}: ${findings.because}`,
    ...note(facts, { section: section(facts, findings), onlyIfThere: isNoNews(findings) }),
    ...status(facts, text),
  )
}

/** Nobody needs a note to hear that all is well, unless there was one that said something else. */
const isNoNews = ({ verdict, excludedByThisChange, missing }: NonNullable<UndercoverageFacts['findings']>): boolean =>
  verdict === 'pass' && excludedByThisChange.length === 0 && missing.length === 0

type Said = { section: ReturnType<typeof section>; onlyIfThere: boolean }

/** The note speaks of the newest pipeline alone. */
function note({ project, mergeRequest, pipeline }: UndercoverageFacts, { section, onlyIfThere }: Said): Action[] {
  if (!mergeRequest || !pipeline || (mergeRequest.headPipeline ?? pipeline.id) > pipeline.id) return []
  return [
    {
      type: 'write_note',
      project,
      mergeRequest: mergeRequest.iid,
      section,
      noNotesYet: !mergeRequest.hasNotes,
      mayBeRefused: true,
      ...(onlyIfThere ? { onlyIfThere } : {}),
    },
  ]
}

/** After the note, which it links to. */
function status(facts: UndercoverageFacts, { state, description }: StatusText): Action[] {
  const { project, path, pipeline, mergeRequest, options } = facts
  if (!pipeline) return []
  return [
    {
      type: 'set_commit_status',
      project,
      sha: pipeline.sha,
      pipeline: pipeline.id,
      name: options.undercoverage.status,
      state,
      description,
      targetUrl: pipeline.url === '' ? null : pipeline.url,
      ...(mergeRequest ? { about: { mergeRequest: mergeRequest.iid, url: mergeRequest.url, path } } : {}),
    },
  ]
}
