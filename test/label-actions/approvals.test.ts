import { beforeEach, describe, expect, it } from 'vitest'
import { code, quiet, useBench } from '../support/bench.ts'
import type { MergeRequest, User } from '../support/fake-gitlab/types.ts'

const bench = useBench()

describe('an approval', () => {
  const approved = 'pipeline:mr-approved'
  let reviewers: User[]

  beforeEach(() => {
    const { gitlab } = bench.here()
    reviewers = ['lotte', 'mats', 'nele'].map((username) => gitlab.addUser({ username }))
  })

  function reviewer(index: number): User {
    const found = reviewers[index]
    if (!found) throw new Error(`there is no reviewer ${index}`)
    return found
  }
  const labelsOf = (mergeRequest: MergeRequest) => mergeRequest.labels.map(({ name }) => name)

  function openForApproval(approvalsRequired: number, changes: Record<string, string> = code): MergeRequest {
    const { gitlab, project, author } = bench.here()
    return gitlab.addMergeRequest(project, { sourceBranch: 'ripe-apples', author, approvalsRequired, changes })
  }

  it('of a merge request that needs none sets the label, then starts one pipeline, once', async () => {
    const { gitlab } = bench.here()
    const mergeRequest = openForApproval(0)
    await bench.run()
    gitlab.approve(mergeRequest, reviewer(0))
    const { actions, because } = await bench.decided(mergeRequest)
    expect(because).toContain('is fully approved: a new pipeline is started')
    expect(actions.map(({ type }) => type)).toEqual(['remember', 'update_labels', 'run_pipeline'])
    expect(labelsOf(mergeRequest)).toEqual([approved])
    gitlab.approve(mergeRequest, reviewer(1))
    expect((await bench.decided(mergeRequest, 2)).because).toContain('was answered before')
    expect(bench.starts()).toHaveLength(1)
  })

  it('that is one of two starts a pipeline, and so does the second', async () => {
    const { gitlab } = bench.here()
    const mergeRequest = openForApproval(2)
    await bench.run()
    gitlab.approve(mergeRequest, reviewer(0))
    expect((await bench.decided(mergeRequest)).because).toContain('is partly approved')
    gitlab.approve(mergeRequest, reviewer(1))
    expect((await bench.decided(mergeRequest, 2)).because).toContain('is fully approved')
    gitlab.approve(mergeRequest, reviewer(2))
    await bench.settle()
    expect(bench.starts()).toHaveLength(2)
  })

  it('that is taken back and given again starts nothing, and the label stays', async () => {
    const { gitlab } = bench.here()
    const mergeRequest = openForApproval(1)
    await bench.run()
    gitlab.approve(mergeRequest, reviewer(0))
    await bench.decided(mergeRequest)
    gitlab.unapprove(mergeRequest, reviewer(0))
    await gitlab.settled()
    gitlab.approve(mergeRequest, reviewer(0))
    await bench.decided(mergeRequest, 2)
    expect(bench.starts()).toHaveLength(1)
    expect(labelsOf(mergeRequest)).toEqual([approved])
  })

  it('after a push counts for the new commit; that the push took approvals back starts nothing', async () => {
    const { gitlab, project, author } = bench.here()
    const mergeRequest = openForApproval(1)
    await bench.run()
    gitlab.approve(mergeRequest, reviewer(0))
    await bench.decided(mergeRequest)
    gitlab.push(project, { branch: 'ripe-apples', changes: { pips: 'none' }, user: author })
    await gitlab.settled()
    await bench.settle()
    expect(bench.starts()).toHaveLength(1)
    gitlab.approve(mergeRequest, reviewer(0))
    await bench.decided(mergeRequest, 2)
    expect(bench.starts()).toHaveLength(2)
  })

  it('of documentation alone sets the label and starts nothing', async () => {
    const { gitlab } = bench.here()
    const mergeRequest = openForApproval(0, { 'doc/apples.md': 'Apples', 'README.md': 'Hello again' })
    await bench.run()
    gitlab.approve(mergeRequest, reviewer(0))
    expect((await bench.decided(mergeRequest)).because).toBe('it changes nothing but docs')
    expect(bench.starts()).toHaveLength(0)
    expect(labelsOf(mergeRequest)).toEqual([approved])
  })

  it('with one of the labels that speak against it starts nothing', async () => {
    const { gitlab } = bench.here()
    const mergeRequest = bench.open(['pipeline:expedite'])
    await bench.run()
    gitlab.approve(mergeRequest, reviewer(0))
    expect((await bench.decided(mergeRequest)).because).toBe('the label pipeline:expedite is on the merge request')
    expect(bench.starts()).toHaveLength(0)
  })

  it('where approvals are switched off wakes nobody', async () => {
    const { gitlab } = bench.here()
    const mergeRequest = openForApproval(0)
    await bench.run(`${quiet}approvals: {enabled: false}`)
    gitlab.approve(mergeRequest, reviewer(0))
    await gitlab.settled()
    expect(gitlab.deliveries.at(-1)?.responseBody).toContain('"status":"ignored"')
  })

  it('by two people at the same moment starts one pipeline', async () => {
    const { gitlab } = bench.here()
    const mergeRequest = openForApproval(0)
    await bench.start({})
    await bench.run()
    gitlab.behaviour.hookOrder = 'parallel'
    gitlab.approve(mergeRequest, reviewer(0))
    gitlab.approve(mergeRequest, reviewer(1))
    await bench.decided(mergeRequest)
    await bench.settle(1_500)
    expect(bench.starts()).toHaveLength(1)
  })
})
