/** What stands after these words in a path of GitLab's API. */
const parameters: ReadonlyMap<string, string> = new Map([
  ['projects', ':id'],
  ['pipelines', ':pipeline'],
  ['jobs', ':job'],
  ['merge_requests', ':iid'],
  ['issues', ':iid'],
  ['notes', ':note'],
  ['statuses', ':sha'],
  ['commits', ':sha'],
  ['branches', ':branch'],
  ['files', ':path'],
  ['users', ':user'],
  ['all', ':user'],
])

/** The template of an API path, so that metrics stay few: `/projects/7/jobs/9/retry` → `/projects/:id/jobs/:job/retry`. */
export const routeOf = (path: string): string => {
  const route: string[] = []
  let parameter: string | undefined
  for (const segment of path.split('/')) {
    if (segment === '') continue
    if (route.at(-1) === 'artifacts') return `/${route.join('/')}/*`
    route.push(parameter ?? segment)
    parameter = parameter === undefined ? parameters.get(segment) : undefined
  }
  return `/${route.join('/')}`
}

const longestPath = 200

/** A path as it may be shown: without a query, which could hold a secret, and without control characters. */
export const shownPath = (path: string): string => {
  const bare = path.split(/[?#]/, 1)[0] ?? ''
  const visible = bare.replace(/[^\x21-\x7e]/g, '?').slice(0, longestPath)
  return visible.startsWith('/') ? visible : `/${visible}`
}
