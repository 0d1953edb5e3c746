import { beforeEach, describe, expect, it } from 'vitest'
import { noMemory } from '../../src/memory.ts'
import type { Readers } from '../../src/readers.ts'
import { decideApproval } from '../../workers/label-actions/decide-approval.ts'
import { gatherApproval } from '../../workers/label-actions/gather-approval.ts'
import { gateway } from '../gitlab/serve.ts'
import { code, quiet, useBench } from '../support/bench.ts'
import { eventually } from '../support/bot.ts'
import type { MergeRequest, User } from '../support/fake-gitlab/types.ts'
import { mergeRequestEvent, stepOptions } from '../support/label-builders.ts'

const rspec = 'pipeline:run-all-rspec'

const bench = useBench()

describe('a merge request from a fork', () => {
  let stranger: User
  let mergeRequest: MergeRequest

  beforeEach(() => {
    const { gitlab, project } = bench.here()
    stranger = gitlab.addUser({ username: 'jonas' })
    const fork = gitlab.addProject({ path: 'jonas/orchard' })
    gitlab.addMember(fork, stranger, 'owner')
    gitlab.addMember(project, stranger, 'reporter')
    mergeRequest = gitlab.addMergeRequest(project, {
      sourceBranch: 'wormy-apples',
      author: stranger,
      fork,
      changes: code,
    })
  })

  it('gets no pipeline by the label of somebody who is no Developer, and the note says so once', async () => {
    const { gitlab } = bench.here()
    await bench.run()
    gitlab.setLabels(mergeRequest, [rspec], stranger)
    await bench.decided(mergeRequest)
    gitlab.setLabels(mergeRequest, [rspec, 'backend'], stranger)
    await bench.decided(mergeRequest, 2)
    expect(bench.starts()).toHaveLength(0)
    expect(mergeRequest.notes).toHaveLength(1)
    expect(mergeRequest.notes[0]?.body).toContain('no Developer of this project')
  })

  it('gets one by the label of a Developer', async () => {
    await bench.run()
    bench.setLabels(mergeRequest, rspec)
    await bench.decided(mergeRequest)
    expect(bench.starts()).toHaveLength(1)
    expect(mergeRequest.notes).toHaveLength(0)
  })

  it('gets none for a commit that was pushed a moment after the label of a Developer', async () => {
    const { gitlab } = bench.here()
    await bench.run('debounce: 1s')
    bench.setLabels(mergeRequest, rspec)
    await bench.settle(200)
    const changes = { 'apples.rb': 'Secrets.print' }
    gitlab.push(mergeRequest.sourceProject, { branch: 'wormy-apples', changes, user: stranger })
    await bench.decided(mergeRequest)
    expect(bench.starts()).toHaveLength(0)
    expect(mergeRequest.notes[0]?.body).toContain('before the newest commit was pushed')
  })

  it('gets none for a commit that was pushed a moment after the command of a Developer', async () => {
    const { gitlab, author, botUser, project } = bench.here()
    const receiver = await bench.start({ roles: { receiver: true, worker: false } })
    gitlab.addHook(project, bench.hookOf(receiver))
    gitlab.comment(mergeRequest, author, `@${botUser.username} run`)
    await gitlab.settled()
    gitlab.push(mergeRequest.sourceProject, { branch: 'wormy-apples', changes: { a: 'b' }, user: stranger })
    await bench.start({ roles: { receiver: true, worker: true } })
    const { because } = await bench.decided(mergeRequest, 1, 'commands')
    expect(because).toContain('commits were pushed to the fork since then')
    expect(bench.starts()).toHaveLength(0)
  })

  it('gets none when a Developer sets another label within the same seconds', async () => {
    const { gitlab } = bench.here()
    await bench.run('debounce: 1s')
    gitlab.setLabels(mergeRequest, [rspec], stranger)
    await bench.settle(200)
    bench.setLabels(mergeRequest, rspec, 'backend')
    await bench.decided(mergeRequest)
    expect(bench.starts()).toHaveLength(0)
  })

  it('keeps the pipelines of its own project, and the rest of what a label asks for is done', async () => {
    const { gitlab } = bench.here()
    const pipeline = gitlab.addPipeline(mergeRequest.sourceProject, {
      mergeRequest,
      jobs: [{ name: 'rspec', status: 'running' }],
    })
    await bench.run(`${quiet}label_actions: [{labels: [stop], do: [cancel_pipeline, {remove_labels: [stop]}]}]`)
    bench.setLabels(mergeRequest, 'stop')
    const { outcome } = await bench.decided(mergeRequest)
    expect(outcome).not.toBe('refused')
    expect(pipeline.status).toBe('running')
    expect(mergeRequest.labels).toEqual([])
    expect(mergeRequest.notes[0]?.body).toContain(`pipeline ${pipeline.id} runs in the fork`)
  })

  it('gets none by the approval of somebody who is no Developer, but one by that of a Developer', async () => {
    const { gitlab, author } = bench.here()
    await bench.run()
    gitlab.approve(mergeRequest, stranger)
    await bench.decided(mergeRequest)
    expect(bench.starts()).toHaveLength(0)
    expect(mergeRequest.notes[0]?.body).toContain('no Developer of this project')
    gitlab.approve(mergeRequest, author)
    await eventually(bench.starts, (calls) => calls.length === 1)
  })

  describe('whose approvals are read together', () => {
    const old = 'a'.repeat(40)
    const inWords = (by: 'Developer' | 'stranger', sha: 'earlier' | 'this', stands = true) => ({ by, sha, stands })

    it.each([
      ['a Developer approved', [inWords('Developer', 'this')], 'is fully approved: a new pipeline is started'],
      [
        'a Developer approved the commit before, a stranger this one',
        [inWords('Developer', 'earlier'), inWords('stranger', 'this')],
        'the approval is of jonas, no Developer',
      ],
      [
        'a Developer took it back, a stranger did not',
        [inWords('Developer', 'this', false), inWords('stranger', 'this')],
        'the approval is of jonas, no Developer',
      ],
      [
        'a stranger approved the commit before, a Developer this one',
        [inWords('Developer', 'this'), inWords('stranger', 'earlier')],
        'is fully approved: a new pipeline is started',
      ],
    ])('when %s: is judged by who approves this commit', async (_, given, because) => {
      const { gitlab, project, author, token } = bench.here()
      const { reader, close } = gateway(gitlab.url, { token })
      const events = given.map(({ by, sha, stands }) => {
        const person = by === 'Developer' ? author : stranger
        if (stands) mergeRequest.approvedBy.push(person)
        return mergeRequestEvent({
          project: { id: project.id, path: project.path, defaultBranch: 'main' },
          mergeRequest: mergeRequest.iid,
          action: 'approved',
          user: { id: person.id, username: person.username },
          sha: sha === 'this' ? mergeRequest.sha : old,
        })
      })
      const read: Pick<Readers, 'gitlab' | 'memory' | 'decisions' | 'now'> = {
        gitlab: reader,
        memory: noMemory,
        decisions: { ofMergeRequest: async () => [], find: async () => [] },
        now: Date.now,
      }
      const [last] = events.slice(-1)
      if (!last) throw new Error('nobody approved')
      const facts = await gatherApproval(last, read as Readers, events, stepOptions())
      await close()
      expect(decideApproval(facts).because).toContain(because)
    })
  })
})
