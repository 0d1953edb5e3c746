import { beforeEach, describe, expect, it } from 'vitest'
import { quiet, useBench } from './support/bench.ts'
import { eventually } from './support/bot.ts'
import type { JobSpec } from './support/fake-gitlab/specs.ts'
import type { MergeRequest, Note, User } from './support/fake-gitlab/types.ts'

const bench = useBench()

describe('a comment that begins with the name of the bot', () => {
  let mergeRequest: MergeRequest
  let stranger: User

  beforeEach(() => {
    mergeRequest = bench.open()
    stranger = bench.here().gitlab.addUser({ username: 'jonas' })
  })

  function say(text: string, by: User = bench.here().author): Note {
    const { gitlab, botUser } = bench.here()
    return gitlab.comment(mergeRequest, by, text.replaceAll('@bot', `@${botUser.username}`))
  }

  const emoji = ({ emoji: all }: Note): string[] => all.map(({ name }) => name)
  const answers = (): Note[] => mergeRequest.notes.filter(({ author }) => author === bench.here().botUser)
  const answer = (): string => answers().at(-1)?.body ?? ''
  const answered = (count = 1) => bench.decided(mergeRequest, count, 'commands')

  it('and asks for help gets a thumb and the list of commands', async () => {
    await bench.run()
    const note = say('@bot help')
    await answered()
    expect(emoji(note)).toEqual(['thumbsup'])
    for (const name of ['help', 'run', 'retry', 'cancel', 'explain', 'undo']) expect(answer()).toContain(` ${name}\``)
  })

  it('may say so in any line, in any case, and with a colon', async () => {
    await bench.run()
    say(`The pears look fine.\n@${bench.here().botUser.username.toUpperCase()}: RUN please`)
    await answered()
    expect(bench.starts()).toHaveLength(1)
  })

  it('and asks for a pipeline gets one, with its link in the answer', async () => {
    const { project } = bench.here()
    await bench.run()
    say('@bot run')
    await answered()
    expect(bench.starts()).toHaveLength(1)
    expect(answer()).toContain(`/-/pipelines/${project.pipelines[0]?.id}`)
  })

  it('and asks for retries gets the failed jobs retried', async () => {
    const { gitlab, project } = bench.here()
    const jobs: JobSpec[] = [
      { name: 'rspec', status: 'failed' },
      { name: 'jest', status: 'success' },
    ]
    const pipeline = gitlab.addPipeline(project, { mergeRequest, jobs })
    await bench.run()
    say('@bot retry')
    await answered()
    expect(pipeline.jobs.map(({ name }) => name)).toEqual(['rspec', 'jest', 'rspec'])
    expect(answer()).toContain('1 failed job of pipeline')
  })

  it('and asks to cancel gets the running pipeline cancelled', async () => {
    const { gitlab, project } = bench.here()
    const pipeline = gitlab.addPipeline(project, { mergeRequest, jobs: [{ name: 'rspec', status: 'running' }] })
    await bench.run()
    say('@bot cancel')
    await answered()
    expect(pipeline.status).toBe('canceled')
  })

  it('and asks why is told what was decided', async () => {
    await bench.run()
    bench.setLabels(mergeRequest, 'pipeline:run-all-rspec')
    await bench.decided(mergeRequest)
    say('@bot explain')
    await answered()
    expect(answer()).toContain('`label-actions`')
    expect(answer()).toContain('`run_pipeline` done')
  })

  it('and asks to undo gets back what a fail-fast job stopped, and nothing else', async () => {
    const { gitlab, project } = bench.here()
    const jobs: JobSpec[] = [
      { name: 'rspec fail-fast', status: 'running' },
      { name: 'jest', status: 'running' },
      { name: 'deploy staging', stage: 'later' },
      { name: 'review app', stage: 'later', when: 'manual', allowFailure: true },
    ]
    const pipeline = gitlab.addPipeline(project, { mergeRequest, jobs })
    await bench.run('fail_fast: {settle: 0s}')
    gitlab.finishJob(gitlab.job(pipeline, 'rspec fail-fast'), 'failed')
    await bench.decided(mergeRequest, 1, 'fail-fast')
    expect(gitlab.job(pipeline, 'jest').status).toBe('canceled')
    say('@bot undo')
    await answered()
    expect(pipeline.jobs.filter(({ retried }) => retried).map(({ name }) => name)).toEqual(['jest'])
    expect(gitlab.job(pipeline, 'jest').status).toBe('pending')
  })

  it('and asks to undo lets a pipeline succeed that only the bot kept failed', async () => {
    const { gitlab, project } = bench.here()
    const jobs: JobSpec[] = [
      { name: 'rspec fail-fast', status: 'running' },
      { name: 'gate', status: 'manual', when: 'manual', allowFailure: false },
      { name: 'jest', status: 'running' },
    ]
    const pipeline = gitlab.addPipeline(project, { mergeRequest, jobs })
    const statuses = () => pipeline.jobs.filter(({ kind, retried }) => kind === 'external' && !retried)
    await bench.run('fail_fast: {settle: 0s}')
    gitlab.finishJob(gitlab.job(pipeline, 'rspec fail-fast'), 'failed')
    await eventually(statuses, ([status]) => status?.status === 'failed')
    say('@bot undo')
    await answered()
    expect(statuses().map(({ name, status }) => `${name} ${status}`)).toEqual(['pipewarden/fail-fast success'])
    expect(answer()).toContain('is taken back')
  })

  it('and asks for something else gets a question mark and the list', async () => {
    await bench.run()
    const note = say('@bot merge\n/merge')
    await answered()
    expect(emoji(note)).toEqual(['question'])
    expect(answer()).toContain('is no command of')
    expect(answer()).toContain('explain`')
  })

  it('by somebody who is no Developer gets a sign and changes nothing', async () => {
    const { gitlab, project } = bench.here()
    gitlab.addMember(project, stranger, 'reporter')
    await bench.run()
    const note = say('@bot run', stranger)
    await answered()
    expect(emoji(note)).toEqual(['no_entry_sign'])
    expect(answer()).toContain('commands are for Developers of this project')
    expect(bench.starts()).toHaveLength(0)
  })

  it('too often gets a sign and no word', async () => {
    await bench.run(`${quiet}commands: {per_hour: 2}`)
    say('@bot help')
    await answered()
    say('@bot help')
    await answered(2)
    const third = say('@bot run')
    await answered(3)
    expect(emoji(third)).toEqual(['hourglass'])
    expect(bench.starts()).toHaveLength(0)
  })

  it('five times at the same moment is obeyed as often as is allowed', async () => {
    const { gitlab } = bench.here()
    await bench.run(`${quiet}commands: {per_hour: 2}`)
    gitlab.behaviour.hookOrder = 'parallel'
    const notes = Array.from({ length: 5 }, () => say('@bot help'))
    await answered(5)
    expect(notes.flatMap(emoji).toSorted()).toEqual([...Array(3).fill('hourglass'), 'thumbsup', 'thumbsup'])
  })

  it('is answered in one note, which keeps what was answered before', async () => {
    await bench.run()
    say('@bot cancel')
    await answered()
    say('@bot retry')
    await answered(2)
    expect(answers()).toHaveLength(1)
    expect(answer().indexOf('`retry`')).toBeLessThan(answer().indexOf('`cancel`'))
    expect(answer()).toContain('Earlier answers')
  })

  it('whose pipeline GitLab does not make is told why, and keeps the one that runs', async () => {
    const { gitlab, project } = bench.here()
    const running = gitlab.addPipeline(project, { mergeRequest, jobs: [{ name: 'rspec', status: 'running' }] })
    project.jobsFor = () => []
    await bench.run()
    say('@bot run')
    await answered()
    expect(running.status).toBe('running')
    expect(answer()).toContain('GitLab refused')
    expect(answer()).toContain('no job of the configuration runs for this merge request')
  })

  it('is obeyed once, however often it is delivered, and not again when it is edited', async () => {
    const { gitlab } = bench.here()
    const bot = await bench.run()
    gitlab.addHook(bench.here().project, { ...bench.hookOf(bot), name: 'of the group' })
    say('@bot run')
    await answered()
    await bench.settle()
    const note = gitlab.deliveries.find(({ trigger }) => trigger === 'note_events')
    if (note) await gitlab.resend(note)
    await bench.settle()
    expect(bench.starts()).toHaveLength(1)
  })

  it.each([
    ['in a quote', '> @bot run'],
    ['in code', '```\n@bot run\n```'],
    ['in the middle of a line', 'I told @bot run'],
    ['as part of another name', '@bot2 run'],
  ])('%s is no command', async (_, text) => {
    await bench.run()
    say(text)
    await bench.here().gitlab.settled()
    await bench.settle(200)
    expect(bench.starts()).toHaveLength(0)
    expect(answers()).toHaveLength(0)
  })

  it('on a closed merge request starts no pipeline', async () => {
    const { gitlab, author } = bench.here()
    gitlab.setState(mergeRequest, 'closed', author)
    await bench.run()
    say('@bot run')
    await answered()
    expect(answer()).toContain('the merge request is closed')
    expect(bench.starts()).toHaveLength(0)
  })

  it('where commands are switched off wakes nobody', async () => {
    await bench.run(`${quiet}commands: {enabled: false}`)
    say('@bot run')
    const { gitlab } = bench.here()
    await eventually(
      () => gitlab.deliveries.at(-1),
      (delivery) => delivery?.trigger === 'note_events',
    )
    expect(gitlab.deliveries.at(-1)?.responseBody).toContain('"status":"ignored"')
  })
})
