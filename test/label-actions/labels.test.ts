import { describe, expect, it } from 'vitest'
import { quiet, useBench } from '../support/bench.ts'
import { eventually, webhookSecret } from '../support/bot.ts'

const rspec = 'pipeline:run-all-rspec'
const jest = 'pipeline:run-all-jest'
const database = 'pipeline:run-single-db'

const bench = useBench()

describe('a label', () => {
  it('starts one pipeline of the merge request', async () => {
    const { project } = bench.here()
    const mergeRequest = bench.open()
    await bench.run()
    bench.setLabels(mergeRequest, rspec)
    const { because } = await bench.decided(mergeRequest)
    expect(because).toBe(`${rspec} was set by imke: a new pipeline is started`)
    expect(bench.starts()).toHaveLength(1)
    expect(project.pipelines).toHaveLength(1)
    expect(mergeRequest.notes).toEqual([])
  })

  it('that only contains a configured one, or is another, starts nothing', async () => {
    const mergeRequest = bench.open()
    await bench.run()
    bench.setLabels(mergeRequest, `${rspec}-later`, 'backend')
    await bench.decided(mergeRequest)
    expect(bench.starts()).toHaveLength(0)
  })

  it('and two more, in three deliveries to two receivers, start one pipeline by one of two workers', async () => {
    const { gitlab, project, author } = bench.here()
    const mergeRequest = bench.open()
    const config = 'debounce: 1s'
    const [first, second] = [
      await bench.start({ config, roles: { receiver: true, worker: false } }),
      await bench.start({ config, roles: { receiver: true, worker: false } }),
    ]
    await bench.start({ config, roles: { receiver: false, worker: true } })
    await bench.start({ config, roles: { receiver: false, worker: true } })
    const hooks = [first, second, first].map(bench.hookOf)
    const labels = [rspec, jest, database]
    for (const [index, hook] of hooks.entries()) {
      project.hooks.length = 0
      gitlab.addHook(project, hook)
      gitlab.setLabels(mergeRequest, labels.slice(0, index + 1), author)
      await gitlab.settled()
      await bench.settle(600)
    }
    const { because } = await bench.decided(mergeRequest)
    for (const label of labels) expect(because).toContain(`${label} was set by imke`)
    await bench.settle(1_500)
    expect(bench.starts()).toHaveLength(1)
    expect(await bench.decisions(mergeRequest, 'label-actions')).toHaveLength(1)
  })

  it('that is set while a task runs is seen by a next one', async () => {
    const { gitlab } = bench.here()
    const mergeRequest = bench.open()
    await bench.run()
    gitlab.behaviour.latency = 300
    bench.setLabels(mergeRequest, rspec)
    await eventually(bench.starts, (calls) => calls.length === 1)
    bench.setLabels(mergeRequest, rspec, jest)
    gitlab.behaviour.latency = 0
    // The first pipeline is made after the second label was set, so it has both.
    const { because } = await bench.decided(mergeRequest, 2)
    expect(because).toContain(`${jest} was set by imke: pipeline`)
    expect(because).toContain('began after that, so no other is started')
    expect(bench.starts()).toHaveLength(1)
  })

  it('followed at once by another label is not lost with the task that it made', async () => {
    const mergeRequest = bench.open()
    await bench.run('debounce: 1s')
    bench.setLabels(mergeRequest, rspec)
    await bench.settle(100)
    bench.setLabels(mergeRequest, rspec, 'backend')
    await bench.decided(mergeRequest)
    expect(bench.starts()).toHaveLength(1)
  })

  it('that two hooks tell of, or that is delivered again, starts one pipeline', async () => {
    const { gitlab, project } = bench.here()
    const mergeRequest = bench.open()
    const bot = await bench.run()
    gitlab.addHook(project, { ...bench.hookOf(bot), name: 'of the group' })
    bench.setLabels(mergeRequest, rspec)
    await bench.decided(mergeRequest)
    const [first] = gitlab.deliveries.filter(({ trigger }) => trigger === 'merge_requests_events')
    if (first) await gitlab.resend(first)
    await bench.settle()
    expect(bench.starts()).toHaveLength(1)
  })

  it('is new also when GitLab says that nothing was there before', async () => {
    const { gitlab } = bench.here()
    const mergeRequest = bench.open()
    const bot = await bench.run()
    bench.setLabels(mergeRequest, rspec)
    await bench.decided(mergeRequest)
    const told = gitlab.deliveries.find(({ trigger }) => trigger === 'merge_requests_events')
    const payload = structuredClone(told?.payload) as { changes: { labels: { previous: unknown[] } } }
    payload.changes.labels.previous = []
    await fetch(`${bot.url}/webhooks/gitlab`, {
      method: 'POST',
      headers: { 'x-gitlab-token': webhookSecret, 'content-type': 'application/json' },
      body: JSON.stringify(payload),
    })
    await bench.decided(mergeRequest, 2)
    expect(bench.starts()).toHaveLength(1)
  })

  it('counts again after it was removed', async () => {
    const mergeRequest = bench.open()
    await bench.run()
    bench.setLabels(mergeRequest, rspec)
    await bench.decided(mergeRequest)
    bench.setLabels(mergeRequest)
    await bench.decided(mergeRequest, 2)
    bench.setLabels(mergeRequest, rspec)
    await bench.decided(mergeRequest, 3)
    expect(bench.starts()).toHaveLength(2)
  })

  it('that is there at opening starts nothing, nor does it later', async () => {
    await bench.run()
    const mergeRequest = bench.open([rspec])
    expect((await bench.decided(mergeRequest)).because).toContain('from the start')
    bench.setLabels(mergeRequest, rspec, 'backend')
    await bench.decided(mergeRequest, 2)
    expect(bench.starts()).toHaveLength(0)
  })

  it.each(['closed', 'merged'] as const)('on a %s merge request starts nothing', async (state) => {
    const { gitlab, author } = bench.here()
    const mergeRequest = bench.open()
    await bench.run()
    gitlab.setState(mergeRequest, state, author)
    bench.setLabels(mergeRequest, rspec)
    expect((await bench.decided(mergeRequest)).because).toContain(`but the merge request is ${state}`)
    expect(bench.starts()).toHaveLength(0)
  })

  it('that the bot set itself starts nothing, not even at the next event', async () => {
    const mergeRequest = bench.open()
    await bench.run(
      `${quiet}label_actions: [{labels: [ask], do: [{add_labels: [tell]}]}, {labels: [tell], do: [run_pipeline]}]`,
    )
    bench.setLabels(mergeRequest, 'ask')
    await bench.decided(mergeRequest)
    expect(mergeRequest.labels.map(({ name }) => name)).toEqual(['ask', 'tell'])
    bench.setLabels(mergeRequest, 'ask', 'tell', 'backend')
    await bench.decided(mergeRequest, 2)
    expect(bench.starts()).toHaveLength(0)
  })
})
