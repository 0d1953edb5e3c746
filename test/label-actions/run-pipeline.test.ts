import { describe, expect, it } from 'vitest'
import { quiet, useBench } from '../support/bench.ts'
import { eventually } from '../support/bot.ts'
import type { JobSpec } from '../support/fake-gitlab/specs.ts'

const rspec = 'pipeline:run-all-rspec'

const bench = useBench()

describe('a pipeline that a label asks for', () => {
  it('is not started when GitLab has begun one of the commit since', async () => {
    const { gitlab, project } = bench.here()
    const mergeRequest = bench.open()
    await bench.run('debounce: 1s')
    bench.setLabels(mergeRequest, rspec)
    const { id } = gitlab.addPipeline(project, { mergeRequest, jobs: [{ name: 'build' }] })
    expect((await bench.decided(mergeRequest)).because).toContain(`pipeline ${id} of this commit began after that`)
    expect(bench.starts()).toHaveLength(0)
  })

  it('takes the place of one of the same commit that still runs', async () => {
    const { gitlab, project } = bench.here()
    const mergeRequest = bench.open()
    const older = gitlab.addPipeline(project, { mergeRequest, jobs: [{ name: 'rspec', status: 'running' }] })
    await bench.run()
    await bench.settle(20)
    bench.setLabels(mergeRequest, rspec)
    await bench.decided(mergeRequest)
    expect(bench.starts()).toHaveLength(1)
    expect(older.status).toBe('canceled')
  })

  it('counts also when GitLab does not let the older one be stopped', async () => {
    const { gitlab, project } = bench.here()
    const mergeRequest = bench.open()
    const older = gitlab.addPipeline(project, { mergeRequest, jobs: [{ name: 'rspec', status: 'running' }] })
    gitlab.failNext({ method: 'POST', path: /\/cancel$/, fault: 403 })
    await bench.run()
    await bench.settle(20)
    bench.setLabels(mergeRequest, rspec)
    const { actions } = await bench.decided(mergeRequest)
    expect(actions.at(-1)).toMatchObject({ type: 'run_pipeline', outcome: { result: 'done' } })
    expect(actions.at(-1)?.outcome?.detail).toContain(`pipeline ${older.id} goes on, for GitLab refused`)
  })

  it.each<[string, JobSpec]>([
    ['deploys', { name: 'review app', status: 'running', environment: 'review/ripe-apples' }],
    ['must not be interrupted', { name: 'dont-interrupt-me', status: 'running' }],
    ['releases', { name: 'release notes', status: 'running' }],
  ])('leaves one of the same commit alone in which a job %s', async (_, job) => {
    const { gitlab, project } = bench.here()
    const mergeRequest = bench.open()
    const older = gitlab.addPipeline(project, { mergeRequest, jobs: [job] })
    await bench.run()
    await bench.settle(20)
    bench.setLabels(mergeRequest, rspec)
    await bench.decided(mergeRequest)
    expect(bench.starts()).toHaveLength(1)
    expect(older.status).toBe('running')
  })

  it('is started once, also when the answer to the call is lost', async () => {
    const { gitlab, project } = bench.here()
    const mergeRequest = bench.open()
    await bench.run()
    gitlab.failNext({ method: 'POST', path: /\/pipelines$/, fault: 'after-apply' })
    bench.setLabels(mergeRequest, rspec)
    const { actions } = await bench.decided(mergeRequest)
    expect(actions.at(-1)).toMatchObject({ type: 'run_pipeline', outcome: { result: 'already so' } })
    expect(project.pipelines).toHaveLength(1)
  })

  it('is not started for another commit that was pushed while GitLab was away', async () => {
    const { gitlab, project, author } = bench.here()
    const mergeRequest = bench.open()
    await bench.run()
    gitlab.failNext({ method: 'POST', path: /\/pipelines$/, fault: 500 })
    bench.setLabels(mergeRequest, rspec)
    await eventually(bench.starts, (calls) => calls.length === 1)
    gitlab.push(project, { branch: mergeRequest.sourceBranch, changes: { 'apples.rb': 'Pear.new' }, user: author })
    const { actions } = await bench.decided(mergeRequest)
    expect(actions.at(-1)).toMatchObject({ type: 'run_pipeline', outcome: { result: 'already so' } })
    expect(bench.starts()).toHaveLength(1)
  })

  it('that GitLab does not make is explained in the decision', async () => {
    const { project } = bench.here()
    project.jobsFor = () => []
    const mergeRequest = bench.open()
    await bench.run()
    bench.setLabels(mergeRequest, rspec)
    const { outcome, actions } = await bench.decided(mergeRequest)
    expect(outcome).toBe('refused')
    expect(JSON.stringify(actions)).toContain('no job of the configuration runs for this merge request')
  })

  it('is not started in a dry run, and its label is not seen as new again', async () => {
    const { gitlab } = bench.here()
    const mergeRequest = bench.open()
    await bench.run(`dry_run: true\n${quiet}`)
    bench.setLabels(mergeRequest, rspec)
    const { actions } = await bench.decided(mergeRequest)
    expect(actions.at(-1)).toMatchObject({ type: 'run_pipeline', outcome: { result: 'dry run' } })
    bench.setLabels(mergeRequest, rspec, 'backend')
    expect((await bench.decided(mergeRequest, 2)).because).toBe('no action is configured for backend')
    expect(gitlab.requests.filter(({ method }) => method !== 'GET')).toEqual([])
  })
})
