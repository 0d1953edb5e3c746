import { type Action, act, type Decision, ignore, skip } from '../../src/action.ts'
import type { MendedFacts } from './mended-facts.ts'
import { failFastStatus, mendedSection } from './report.ts'

/** Pure: the same facts always give the same decision. */
export function decideMended(facts: MendedFacts): Decision {
  const { stopped, passed, failing: [failing] = [] } = facts
  if (!stopped || !passed) return ignore('nothing that was stopped is made good by it')
  if (passed.status !== 'success') return skip(`${passed.name} is ${passed.status} by now`)
  if (failing) return skip(`${failing} is still failed`)
  const actions = [...unmark(facts), ...note(facts)]
  const because = `${passed.name} passed, so the stop of pipeline ${stopped.pipeline} is history`
  return actions.length > 0 ? act(because, ...actions) : skip(because)
}

function unmark({ project, stopped, passed, isMarked }: MendedFacts): Action[] {
  if (!stopped || !isMarked) return []
  return [
    {
      type: 'set_commit_status',
      project,
      sha: stopped.sha,
      pipeline: stopped.pipeline,
      name: failFastStatus,
      state: 'success',
      description: `${passed?.name} passed when it was tried again`,
      targetUrl: null,
    },
  ]
}

function note(facts: MendedFacts): Action[] {
  const { project, mergeRequest, options } = facts
  if (!mergeRequest || !options.failFast.note) return []
  return [{ type: 'write_note', project, mergeRequest, section: mendedSection(facts), onlyIfThere: true }]
}
