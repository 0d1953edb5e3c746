const developer =
  "the token's user needs the Developer role on the project, and merge or push rights on the branch if it is protected"
const reporter = "the token's user needs at least the Reporter role on the project"
const planner = `${reporter}, and must be allowed to comment if the merge request or issue is locked`
const artifacts = `${reporter}, and the job must not restrict who reads it (artifacts:access)`
const hidden =
  "it does not exist, or the token's user cannot see it: GitLab hides private projects, so add the user to the project as a Developer"

/** Ends of routes, and the right that GitLab asks for there (doc/user/permissions.md). */
const rights: readonly { method: string; end: RegExp; right: string }[] = [
  { method: 'POST', end: /\/(?:cancel|retry|play|pipeline|pipelines)$/, right: developer },
  { method: 'POST', end: /\/statuses\/:sha$/, right: developer },
  { method: 'POST', end: /\/(?:notes|award_emoji|issues)$/, right: planner },
  { method: 'PUT', end: /\/notes\/:note$/, right: `${planner}; only its author may edit a note` },
  { method: 'PUT', end: /\/merge_requests\/:iid$/, right: developer },
  { method: 'PUT', end: /\/issues\/:iid$/, right: planner },
  { method: 'GET', end: /\/(?:artifacts|artifacts\/\*|trace)$/, right: artifacts },
]

type Refusal = { method: string; route: string; status: number; reason: string }

/** What a person can do about a refusal; empty when no right is missing. */
export const missingRight = ({ method, route, status, reason }: Refusal): string => {
  if (reason.includes('insufficient_scope')) return 'GITLAB_TOKEN needs the scope "api"'
  if (status === 401) return 'GITLAB_TOKEN is not accepted: it is wrong, expired or revoked'
  if (status === 404) return hidden
  if (status !== 403 || / is not (?:retryable|erasable)/i.test(reason)) return ''
  return rights.find((entry) => entry.method === method && entry.end.test(route))?.right ?? reporter
}
