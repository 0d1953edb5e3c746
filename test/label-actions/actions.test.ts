import { beforeEach, describe, expect, it } from 'vitest'
import { quiet, useBench } from '../support/bench.ts'
import { eventually } from '../support/bot.ts'
import type { JobSpec } from '../support/fake-gitlab/specs.ts'
import type { MergeRequest, Project } from '../support/fake-gitlab/types.ts'

const bench = useBench()

describe('an action', () => {
  const asks = (steps: string) => `${quiet}label_actions: [{labels: [ask], on: [added], do: [${steps}]}]`

  async function ask(mergeRequest: MergeRequest, steps: string) {
    await bench.run(asks(steps))
    bench.setLabels(mergeRequest, 'ask')
    return bench.decided(mergeRequest)
  }

  it('retries the failed jobs of the newest pipeline, but none that must not be repeated', async () => {
    const { gitlab, project } = bench.here()
    const mergeRequest = bench.open()
    const jobs: JobSpec[] = [
      { name: 'rspec', status: 'failed' },
      { name: 'jest', status: 'success' },
      { name: 'deploy staging', status: 'failed' },
    ]
    const pipeline = gitlab.addPipeline(project, { mergeRequest, jobs })
    const { because } = await ask(mergeRequest, 'retry_failed_jobs')
    expect(because).toContain('1 failed job of pipeline')
    expect(because).toContain('1 job that must not be repeated is not')
    expect(pipeline.jobs.map(({ name, retried }) => `${name} ${retried}`)).toEqual([
      'rspec true',
      'jest false',
      'deploy staging false',
      'rspec false',
    ])
  })

  it('cancels what runs for the merge request, and nothing of the branch', async () => {
    const { gitlab, project } = bench.here()
    const mergeRequest = bench.open()
    const own = gitlab.addPipeline(project, { mergeRequest, jobs: [{ name: 'rspec', status: 'running' }] })
    const { sha } = mergeRequest
    const ofBranch = gitlab.addPipeline(project, {
      ref: 'ripe-apples',
      sha,
      jobs: [{ name: 'rspec', status: 'running' }],
    })
    await ask(mergeRequest, 'cancel_pipeline')
    expect(own.status).toBe('canceled')
    expect(ofBranch.status).toBe('running')
  })

  it('starts a manual job by its name', async () => {
    const { gitlab, project } = bench.here()
    const mergeRequest = bench.open()
    const jobs: JobSpec[] = [{ name: 'review app', status: 'manual', when: 'manual' }]
    const pipeline = gitlab.addPipeline(project, { mergeRequest, jobs })
    await ask(mergeRequest, '{play_job: review app}')
    expect(gitlab.job(pipeline, 'review app').status).toBe('pending')
  })

  it('takes the pipeline of the branch where the merge request has none of its own', async () => {
    const { gitlab, project } = bench.here()
    const mergeRequest = bench.open()
    const { sha } = mergeRequest
    const jobs: JobSpec[] = [{ name: 'rspec', status: 'failed' }]
    const pipeline = gitlab.addPipeline(project, { ref: 'ripe-apples', sha, jobs })
    await ask(mergeRequest, 'retry_failed_jobs')
    expect(pipeline.jobs).toHaveLength(2)
  })

  it.each([
    ['that GitLab protects', 'protected'],
    ['that is gone', 'gone'],
  ])('starts nothing in the pipeline of a branch %s, though the bot might', async (_, state) => {
    const { gitlab, project, botUser } = bench.here()
    gitlab.addMember(project, botUser, 'maintainer')
    const mergeRequest = bench.open()
    const { sha } = mergeRequest
    const jobs: JobSpec[] = [
      { name: 'rspec', status: 'failed' },
      { name: 'publish', status: 'manual', when: 'manual' },
    ]
    const pipeline = gitlab.addPipeline(project, { ref: 'ripe-apples', sha, jobs })
    const branch = project.branches.get('ripe-apples')
    if (branch) branch.protected = true
    if (state === 'gone') project.branches.delete('ripe-apples')
    await ask(mergeRequest, 'retry_failed_jobs, {play_job: publish}')
    expect(pipeline.jobs.map(({ status }) => status)).toEqual(['failed', 'manual'])
    expect(mergeRequest.notes[0]?.body).toContain(state)
  })

  it('that cannot be taken says so in the note', async () => {
    const { gitlab, project } = bench.here()
    const mergeRequest = bench.open()
    const { id } = gitlab.addPipeline(project, { mergeRequest, jobs: [{ name: 'rspec' }] })
    await ask(mergeRequest, '{play_job: review app}')
    expect(mergeRequest.notes).toHaveLength(1)
    expect(mergeRequest.notes[0]?.body).toContain(
      `review app cannot be started: pipeline ${id} has no job of this name`,
    )
  })

  it('shows a text in the note as long as its label is set', async () => {
    const mergeRequest = bench.open()
    await ask(mergeRequest, '{note: "Please read **the guide**."}')
    expect(mergeRequest.notes[0]?.body).toContain('Please read **the guide**.')
    bench.setLabels(mergeRequest)
    await bench.decided(mergeRequest, 2)
    expect(mergeRequest.notes).toHaveLength(1)
    expect(mergeRequest.notes[0]?.body).not.toContain('guide')
  })

  it('adds and removes labels', async () => {
    const mergeRequest = bench.open()
    await ask(mergeRequest, '{add_labels: [one, two]}, {remove_labels: [ask]}')
    expect(mergeRequest.labels.map(({ name }) => name)).toEqual(['one', 'two'])
  })

  it('has undercoverage judged again', async () => {
    const mergeRequest = bench.open()
    const { actions } = await ask(mergeRequest, 'recheck_undercoverage')
    expect(actions.at(-1)).toMatchObject({ type: 'wake_reaction', outcome: { detail: 'undercoverage looks again' } })
    await bench.decided(mergeRequest, 1, 'undercoverage')
  })

  describe('that triggers another project', () => {
    let other: Project
    beforeEach(() => {
      const { gitlab, botUser } = bench.here()
      other = gitlab.addProject({ path: 'meadow/press' })
      gitlab.addMember(other, botUser, 'maintainer')
    })
    const trigger =
      '{trigger: {project: meadow/press, ref: "{source_branch}-jh", variables: {MR: "{merge_request}", JSON: "{\\"a\\": 1}"}}}'

    it('takes the branch that the template names', async () => {
      const { gitlab, author } = bench.here()
      const mergeRequest = bench.open()
      gitlab.push(other, { branch: 'ripe-apples-jh', changes: { a: 'b' }, user: author })
      const before = other.pipelines.length
      await ask(mergeRequest, trigger)
      expect(other.pipelines.slice(before).map(({ ref }) => ref)).toEqual(['ripe-apples-jh'])
      expect(other.pipelines.at(-1)?.variables).toEqual([
        { key: 'MR', value: '17' },
        { key: 'JSON', value: '{"a": 1}' },
        { key: 'PIPEWARDEN_TRIGGERED_BY', value: 'meadow/orchard!17' },
      ])
    })

    it('takes the default branch when there is none of that name, and starts once if the answer is lost', async () => {
      const { gitlab } = bench.here()
      const mergeRequest = bench.open()
      gitlab.failNext({ method: 'POST', path: /\/pipeline$/, fault: 'after-apply' })
      const { actions } = await ask(mergeRequest, trigger)
      expect(other.pipelines.map(({ ref }) => ref)).toEqual(['main'])
      expect(actions.at(-1)).toMatchObject({ type: 'trigger_pipeline', outcome: { result: 'already so' } })
    })

    it('does not take what another merge request triggered for its own', async () => {
      const { gitlab, botUser } = bench.here()
      const mergeRequest = bench.open()
      gitlab.failNext({ method: 'POST', path: /\/pipeline$/, fault: 500 })
      await bench.run(asks(trigger))
      bench.setLabels(mergeRequest, 'ask')
      const isTry = ({ method, path }: { method: string; path: string }) =>
        method === 'POST' && /\/pipeline$/.test(path)
      await eventually(
        () => gitlab.requests.filter(isTry),
        (tries) => tries.length === 1,
      )
      gitlab.addPipeline(other, {
        ref: 'main',
        source: 'api',
        user: botUser,
        variables: [{ key: 'PIPEWARDEN_TRIGGERED_BY', value: 'meadow/orchard!99' }],
      })
      const { actions } = await bench.decided(mergeRequest)
      expect(actions.at(-1)).toMatchObject({ type: 'trigger_pipeline', outcome: { result: 'done' } })
      expect(other.pipelines).toHaveLength(2)
    })

    it('says when the project is not there', async () => {
      const mergeRequest = bench.open()
      await ask(mergeRequest, '{trigger: {project: meadow/cellar}}')
      expect(mergeRequest.notes[0]?.body).toContain('does not exist, or the bot cannot see it')
    })
  })
})
