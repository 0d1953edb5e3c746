import { createHash, timingSafeEqual } from 'node:crypto'
import { type Context, Hono } from 'hono'
import { asId } from '../json.ts'
import type { JobTokens } from './job-tokens.ts'
import { flakyTestsJson, flakyTestsText, type Shown } from './shown-tests.ts'

/** Where the page gets its answers. */
export type FlakyTestsSource = {
  jobTokens: JobTokens
  /** @returns null for a project that is not served, or that GitLab does not show */
  project(nameOrId: string): Promise<{ id: number; path: string } | null>
  /** `version` changes whenever the list may have changed. */
  tests(project: number, path: string): Promise<{ version: string; list: () => Promise<Shown[]> }>
  /** Whether the merge request is labelled so that it runs flaky tests all the same. */
  runsAll(project: number, path: string, mergeRequest: number): Promise<boolean>
}

export type FlakyTestsPageDeps = FlakyTestsSource & {
  /** DASHBOARD_TOKEN; null: unset. */
  dashboardToken: string | null
  loopback: boolean
}

const prefix = '/api/v1/projects/'
const suffix = '/flaky-tests'

/** `GET /api/v1/projects/:path/flaky-tests`: for CI jobs, so that they can skip what is known to fail at times. */
export function createFlakyTestsPage(deps: FlakyTestsPageDeps): Hono {
  const app = new Hono()
  // A job that gets no list runs all of its tests.
  app.onError((error, context) => context.json({ error: `not known at the moment: ${error.message}` }, 503))
  // Paths of projects have slashes, which some clients encode and some do not.
  app.get(`${prefix}*`, async (context, next) => {
    const name = projectIn(context.req.path)
    return name === null ? next() : answer(context, name, deps)
  })
  return app
}

function projectIn(path: string): string | null {
  if (!path.startsWith(prefix) || !path.endsWith(suffix)) return null
  try {
    return decodeURIComponent(path.slice(prefix.length, -suffix.length)) || null
  } catch {
    return null
  }
}

async function answer(context: Context, name: string, deps: FlakyTestsPageDeps): Promise<Response> {
  const { format = 'json', merge_request: given } = context.req.query()
  if (format !== 'json' && format !== 'text') return context.json({ error: 'format is json or text' }, 400)
  // Empty in pipelines that are not of a merge request, where a script has nothing to put there.
  const mergeRequest = given ? asId(given) : null
  if (given && mergeRequest === null) return context.json({ error: 'merge_request is a number' }, 400)
  const allowed = await mayRead(context, deps)
  if (!allowed) return refused(context, deps)
  const project = await deps.project(name)
  // Of another project a job hears no more than of one that is not there.
  if (!project || (allowed !== 'all' && allowed !== project.id)) return context.json({ error: 'no such project' }, 404)
  return listOf(context, project, { format, mergeRequest }, deps)
}

type Wanted = { format: 'json' | 'text'; mergeRequest: number | null }

async function listOf(
  context: Context,
  { id, path }: { id: number; path: string },
  { format, mergeRequest }: Wanted,
  deps: FlakyTestsPageDeps,
): Promise<Response> {
  const runsAll = mergeRequest !== null && (await deps.runsAll(id, path, mergeRequest))
  const { version, list } = await deps.tests(id, path)
  const etag = `"${createHash('sha256').update(`${id} ${version} ${format} ${runsAll}`).digest('base64url').slice(0, 22)}"`
  const headers = { etag, 'cache-control': 'private, no-cache' }
  if (isKnown(context.req.header('if-none-match'), etag)) return context.body(null, 304, headers)
  const tests = runsAll ? [] : await list()
  return format === 'text'
    ? context.text(flakyTestsText(tests), 200, headers)
    : context.json(flakyTestsJson(path, tests), 200, headers)
}

const isKnown = (given: string | undefined, etag: string): boolean =>
  (given ?? '').split(',').some((each) => each.trim().replace(/^W\//, '') === etag || each.trim() === '*')

/** @returns the project whose job asks, `all` for who may see every project, null for who may not */
async function mayRead(context: Context, { dashboardToken, loopback, jobTokens }: FlakyTestsPageDeps) {
  const jobToken = context.req.header('job-token')
  if (jobToken) return jobTokens.projectOf(jobToken)
  const given = context.req.header('authorization')
  if (dashboardToken !== null && given !== undefined) return isSame(given, `Bearer ${dashboardToken}`) ? 'all' : null
  return loopback ? 'all' : null
}

const digest = (text: string) => createHash('sha256').update(text).digest()
const isSame = (one: string, other: string): boolean => timingSafeEqual(digest(one), digest(other))

const refused = (context: Context, { dashboardToken }: FlakyTestsPageDeps) => {
  const other = dashboardToken === null ? '' : ', or Authorization: Bearer with the value of DASHBOARD_TOKEN'
  const error = `send the header JOB-TOKEN with the CI_JOB_TOKEN of a running job of the project${other}`
  return context.json({ error }, 401, { 'www-authenticate': 'Bearer' })
}
