import { Hono } from 'hono'
import { asId } from '../json.ts'
import type { DecisionStore, SavedDecision } from '../store/decisions.ts'

const mostListed = 500

/** `GET /api/v1/decisions?project=&merge_request=&pipeline=`: what was decided and why, newest first. */
export function createDecisionsPage(decisions: DecisionStore): Hono {
  const app = new Hono()
  app.get('/api/v1/decisions', async (context) => {
    const { project, merge_request: mergeRequest, pipeline, limit = '100' } = context.req.query()
    if (!project) return context.json({ error: 'name a project: ?project=7 or ?project=group/name' }, 400)
    const wrong = Object.entries({ merge_request: mergeRequest, pipeline, limit }).find(
      ([, value]) => value !== undefined && asId(value) === null,
    )
    if (wrong) return context.json({ error: `${wrong[0]} must be a positive number, not "${wrong[1]}"` }, 400)
    const id = asId(project) ?? (await decisions.projectId(project))
    if (id === null) return context.json([])
    const found = await decisions.find({
      project: id,
      ...numbered('mergeRequest', mergeRequest),
      ...numbered('pipeline', pipeline),
      limit: Math.min(Number(limit), mostListed),
    })
    return context.json(found.map(shown))
  })
  return app
}

const numbered = <Key extends string>(key: Key, value: string | undefined) =>
  (value === undefined ? {} : { [key]: Number(value) }) as Partial<Record<Key, number>>

const shown = ({ at, event, reaction, facts, because, actions, outcomes, finished }: SavedDecision) => ({
  time: new Date(at).toISOString(),
  event,
  reaction,
  facts,
  because,
  actions: actions.map((action, index) => ({ ...action, outcome: outcomes[index] ?? null })),
  outcome: outcomeOf(actions.length, outcomes, finished),
})

function outcomeOf(actions: number, outcomes: SavedDecision['outcomes'], finished: boolean): string {
  if (actions === 0) return 'nothing to do'
  if (outcomes.some((outcome) => outcome?.result === 'refused')) return 'refused'
  return finished ? 'performed' : 'being performed'
}
