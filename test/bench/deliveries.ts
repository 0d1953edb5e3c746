import { type FakeGitLab, startFakeGitLab } from '../support/fake-gitlab/index.ts'
import type { JobSpec } from '../support/fake-gitlab/specs.ts'
import type { Project, User } from '../support/fake-gitlab/types.ts'

/** Digits in a template that each request replaces by its own: what the event is about. Ten digits, as the new ones. */
export const idSlot = '7770000001'
/** Digits that are replaced when the events are to come from many projects. */
export const projectSlot = '5550001'
export const secret = 'a secret of the bench'
/** As a personal access token of the bot would be. */
export const token = 'glpat-bench'

type Payload = Record<string, unknown>

const jobs = (count: number): JobSpec[] =>
  Array.from({ length: count }, (_, index) => ({ name: `jest ${index + 1}/${count}`, status: 'running' }))

const failFast: JobSpec = { name: 'rspec fail-fast', status: 'running' }
/** Fails in the end. */
const jest = 'jest 1/8'

/** Payloads as the fake GitLab makes them, with slots for ids; and its answers, for a quicker one that only repeats them. */
export async function recordDeliveries() {
  const gitlab = await startFakeGitLab()
  const author = gitlab.addUser({ username: 'imke' })
  const project = gitlab.addProject({ path: `meadow/orchard-${projectSlot}` })
  const bot = gitlab.addBot(project)
  gitlab.addMember(project, author, 'developer')
  // Nobody listens there: what counts is what would have been sent.
  gitlab.addHook(project, { url: 'http://127.0.0.1:9/' })
  const ids = tell(gitlab, project, author)
  await gitlab.settled()
  const ask = async (path: string) => {
    const response = await fetch(`${gitlab.url}/api/v4${path}`, { headers: { 'private-token': bot.token } })
    return response.text()
  }
  const answers = {
    user: await ask('/user'),
    jobs: withSlot(await ask(`/projects/${project.id}/pipelines/${ids.small}/jobs`)),
  }
  await gitlab.close()
  const sent = gitlab.deliveries.map(({ payload }) => payload as Payload)
  return { answers, ...templatesOf(sent, ids) }
}

/** With the slot in place of the id of the job that the events are about. */
const withSlot = (answer: string): string =>
  JSON.stringify(
    (JSON.parse(answer) as Payload[]).map((job) => (job.name === jest ? { ...job, id: Number(idSlot) } : job)),
  )

export type Recorded = Awaited<ReturnType<typeof recordDeliveries>>

/** Everything that there are templates of happens once. */
function tell(gitlab: FakeGitLab, project: Project, author: User) {
  const mergeRequest = gitlab.addMergeRequest(project, { sourceBranch: 'ripe-apples', author, labels: ['bug'] })
  const small = gitlab.addPipeline(project, { jobs: [failFast, ...jobs(8)] })
  const middle = gitlab.addPipeline(project, { jobs: jobs(65) })
  const large = gitlab.addPipeline(project, { jobs: jobs(190) })
  gitlab.finishJob(gitlab.job(small, failFast.name), 'failed')
  gitlab.retryJob(gitlab.job(small, failFast.name), author)
  gitlab.finishJob(gitlab.job(small, jest), 'failed')
  gitlab.cancelPipeline(middle)
  gitlab.setLabels(mergeRequest, ['bug', 'backend'], author)
  gitlab.retitle(mergeRequest, 'Count all apples', author)
  gitlab.push(project, { branch: 'ripe-apples', user: author })
  return { small: small.id, middle: middle.id, large: large.id }
}

function templatesOf(sent: readonly Payload[], ids: ReturnType<typeof tell>) {
  const find = (isIt: (payload: Payload, attributes: Payload) => boolean): Payload => {
    const found = sent.find((payload) => isIt(payload, Object(payload.object_attributes)))
    if (!found) throw new Error(`the fake GitLab sent nothing like ${isIt}`)
    return found
  }
  const job = (status: string) => find((payload) => payload.build_status === status)
  const pipeline = (status: string, id: number) => find((_, { id: about, status: is }) => about === id && is === status)
  return {
    /** Wakes one reaction. */
    failedJob: template(
      'Job Hook',
      find(({ build_name, build_status }) => build_name === jest && build_status === 'failed'),
    ),
    /** Wakes another one, which looks at merge requests. */
    canceledJob: template('Job Hook', { ...job('canceled'), ref: `refs/merge-requests/${idSlot}/head` }),
    runningJob: template('Job Hook', job('running')),
    canceledPipeline: template('Pipeline Hook', pipeline('canceled', ids.middle)),
    /** 42 kB. */
    runningPipeline: template('Pipeline Hook', pipeline('running', ids.middle)),
    /** 120 kB. */
    largePipeline: template('Pipeline Hook', pipeline('running', ids.large)),
    mergeRequests: {
      labels: template(
        'Merge Request Hook',
        find(({ changes }) => 'labels' in Object(changes)),
      ),
      title: template(
        'Merge Request Hook',
        find(({ changes }) => 'title' in Object(changes)),
      ),
      push: template(
        'Merge Request Hook',
        find((_, attributes) => 'oldrev' in attributes),
      ),
    },
  }
}

/** Puts slots in place of the ids of the pipeline, the job and the project. */
function withIds(payload: Payload): Payload {
  const { object_attributes: attributes, project, commit } = payload as Record<string, Payload | undefined>
  return {
    ...payload,
    ...(payload.object_kind === 'build' && { build_id: Number(idSlot), pipeline_id: Number(idSlot) }),
    ...(payload.object_kind === 'build' && { commit: { ...commit, id: Number(idSlot) } }),
    ...(payload.object_kind === 'pipeline' && { object_attributes: { ...attributes, id: Number(idSlot) } }),
    ...(payload.object_kind === 'merge_request' && { object_attributes: { ...attributes, iid: Number(idSlot) } }),
    ...(payload.project_id !== undefined && { project_id: Number(projectSlot) }),
    project: { ...project, id: Number(projectSlot) },
  }
}

/** A request as GitLab sends it, ready for the wire. */
function template(event: string, payload: Payload): string {
  const body = JSON.stringify(withIds(payload))
  return [
    'POST /webhooks/gitlab HTTP/1.1',
    'Host: 127.0.0.1',
    'Content-Type: application/json',
    'User-Agent: GitLab/19.2.0',
    `Idempotency-Key: 0b7e2f6a-4c7d-4a52-9d1c-${idSlot}`,
    `X-Gitlab-Event: ${event}`,
    'X-Gitlab-Webhook-UUID: 5b0c9f6e-0e4b-4d0e-8f0c-8a2d3f1b6c7d',
    'X-Gitlab-Instance: http://127.0.0.1',
    'X-Gitlab-Event-UUID: 13792a34-cac6-4fda-95a8-c58e00a3954e',
    `X-Gitlab-Token: ${secret}`,
    'Connection: keep-alive',
    `Content-Length: ${Buffer.byteLength(body)}`,
    '',
    body,
  ].join('\r\n')
}
