import { type Context, Hono } from 'hono'
import { asId } from '../json.ts'
import type { DecisionStore, SavedDecision } from '../store/decisions.ts'
import { redisIsAway } from './redis-is-away.ts'

const mostListed = 500

/** As GitLab allows it (lib/gitlab/path_regex.rb), so that nothing else becomes part of a key. */
const projectPath = /^[\w.-]+(\/[\w.-]+)*$/

/** `GET /api/v1/decisions?project=&merge_request=&pipeline=`: what was decided and why, newest first. */
export function createDecisionsPage(decisions: DecisionStore): Hono {
  const app = new Hono()
  app.get('/api/v1/decisions', (context) => answer(context, decisions))
  app.onError(redisIsAway)
  return app
}

async function answer(context: Context, decisions: DecisionStore): Promise<Response> {
  const query = Object.entries(context.req.query()).filter(([, value]) => value !== '')
  const { project, merge_request: mergeRequest, pipeline, limit = '100' } = Object.fromEntries(query)
  const wrong = wrongProject(project) ?? wrongNumber({ merge_request: mergeRequest, pipeline, limit })
  if (!project || wrong) return context.json({ error: wrong }, 400)
  const id = asId(project) ?? (await decisions.projectId(project))
  if (id === null) return context.json([])
  const found = await decisions.find({
    project: id,
    ...numbered('mergeRequest', mergeRequest),
    ...numbered('pipeline', pipeline),
    limit: Math.min(Number(limit), mostListed),
  })
  return context.json(found.map(shown))
}

function wrongProject(project: string | undefined): string | null {
  if (!project) return 'name a project: ?project=7 or ?project=group/name'
  return projectPath.test(project) ? null : `project must be an id or a path, not "${project}"`
}

function wrongNumber(query: Record<string, string | undefined>): string | null {
  const wrong = Object.entries(query).find(([, value]) => value !== undefined && asId(value) === null)
  return wrong ? `${wrong[0]} must be a positive number, not "${wrong[1]}"` : null
}

const numbered = <Key extends string>(key: Key, value: string | undefined) =>
  (value === undefined ? {} : { [key]: Number(value) }) as Partial<Record<Key, number>>

const shown = (decision: SavedDecision) => ({
  time: new Date(decision.at).toISOString(),
  event: decision.event,
  reaction: decision.reaction,
  facts: decision.facts,
  because: decision.because,
  actions: decision.actions.map((action, index) => ({ ...action, outcome: decision.outcomes[index] ?? null })),
  outcome: outcomeOf(decision),
})

function outcomeOf({ actions, outcomes, finished }: SavedDecision): string {
  if (actions.length === 0) return 'nothing to do'
  if (finished) return outcomes.some((outcome) => outcome?.result === 'dry run') ? 'dry run' : 'performed'
  const stopped = actions.some((action, index) => outcomes[index]?.result === 'refused' && !action.mayBeRefused)
  return stopped ? 'refused' : 'being performed'
}
