import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { ActionType } from '../../src/action.ts'
import { addressedLines } from '../../src/addressed-lines.ts'
import { decide } from '../../workers/commands/decide.ts'
import type { CommandFacts } from '../../workers/commands/facts.ts'
import { parseCommand } from '../../workers/commands/parse.ts'
import { hostileText } from '../support/hostile-text.ts'
import { commandFacts, headPipeline, noteEvent, stepFacts } from '../support/label-builders.ts'
import { scanNote } from '../support/scan-note.ts'

describe('a line', () => {
  it.each([
    ['@pipewarden retry', { name: 'retry', text: 'retry' }],
    ['@PipeWarden: Retry now', { name: 'retry', text: 'Retry now' }],
    ['@pipewarden,   run', { name: 'run', text: 'run' }],
    ['@pipewarden', { name: 'help', text: 'help' }],
    ['@pipewarden rebase', { name: null, text: 'rebase' }],
    ['@pipewarden constructor', { name: null, text: 'constructor' }],
    ['@pipewarden2 run', null],
    ['@jonas run', null],
  ])('%s is %o', (line, expected) => {
    expect(parseCommand([line], 'pipewarden')).toEqual(expected)
  })

  it('counts if it is the first that speaks to the bot', () => {
    expect(parseCommand(['@jonas run', '@pipewarden cancel', '@pipewarden run'], 'pipewarden')?.name).toBe('cancel')
  })

  it.each([
    ['first\n@a one\r\n@b two', ['@a one', '@b two']],
    ['> @a one\n - @b two\n @c three', []],
    ['```\n@a one\n```\n@b two', ['@b two']],
    ['~~~\n@a\n```\n@b\n~~~\n@c', ['@c']],
    ['````\n```\n@a\n````\n@b', ['@b']],
    ['>>>\n@a\n>>> @b\n\n@c\n>>> \n@d', ['@d']],
    ['```\n```ruby\n@a\n```\n@b', ['@b']],
    ['```inline``` is no fence\n@a', ['@a']],
    ['~~~ `ruby`\n@a\n~~~ \n@b', ['@b']],
    [`@${'a'.repeat(500)}`, [`@${'a'.repeat(199)}`]],
  ])('of the comment %j is kept if it begins with @, outside of code', (text, expected) => {
    expect(addressedLines(text)).toEqual(expected)
  })

  it('is never kept for more than ten, nor longer than 200 characters', () => {
    fc.assert(
      fc.property(fc.string(), fc.nat(40), (text, times) => {
        const lines = addressedLines(`@${text}\n`.repeat(times))
        expect(lines.length).toBeLessThanOrEqual(10)
        expect(lines.every((line) => line.startsWith('@') && line.length <= 200)).toBe(true)
      }),
    )
  })
})

const ask = (name: NonNullable<CommandFacts['command']>['name'], more: Partial<CommandFacts> = {}): CommandFacts =>
  commandFacts({ command: { name, text: name ?? 'rebase' }, ...more })

type Case = { when: string; facts: CommandFacts; because: string; actions: ActionType[] }

const answered: ActionType[] = ['remember', 'award_emoji', 'write_answer']
const pushedSince = 'commits were pushed to the fork since then, so nothing is started; who has seen them may ask again'
const failed = [{ id: 5, name: 'rspec', status: 'failed' as const }]
const stopped = {
  pipeline: 900,
  mark: null,
  jobs: [
    { id: 5, name: 'rspec', mayBeManual: false },
    { id: 6, name: 'deploy staging', mayBeManual: false },
  ],
}

const cases: Case[] = [
  {
    when: 'speaks to somebody else',
    facts: commandFacts({ command: null }),
    because: 'the comment speaks to somebody else',
    actions: [],
  },
  {
    when: 'is of the bot itself',
    facts: commandFacts({ event: noteEvent({ user: { id: 99, username: 'pipewarden' } }) }),
    because: 'no person wrote the comment',
    actions: [],
  },
  {
    when: 'asks for help',
    facts: ask('help'),
    because: 'imke asked for help: these are the commands',
    actions: answered,
  },
  {
    when: 'asks for a pipeline',
    facts: ask('run', { state: 'opened', steps: stepFacts() }),
    because: 'imke asked for run: a new pipeline is started',
    actions: ['remember', 'award_emoji', 'run_pipeline', 'write_answer'],
  },
  {
    when: 'asks for a pipeline of what is merged',
    facts: ask('run', { state: 'merged', steps: stepFacts() }),
    because: 'imke asked for run: no pipeline is started, the merge request is merged',
    actions: answered,
  },
  {
    when: 'asks for a pipeline of a fork as it was before a push',
    facts: ask('run', { state: 'opened', fork: true, steps: stepFacts({ sha: 'f'.repeat(40) }) }),
    because: `imke asked for run: ${pushedSince}`,
    actions: answered,
  },
  {
    when: 'asks to cancel what a fork runs, and something was pushed since',
    facts: ask('cancel', { state: 'opened', fork: true, steps: stepFacts({ sha: 'f'.repeat(40) }) }),
    because: 'imke asked for cancel: no pipeline of this merge request runs',
    actions: answered,
  },
  {
    when: 'asks for a pipeline after a push to a branch of the project',
    facts: ask('run', { state: 'opened', fork: false, steps: stepFacts({ sha: 'f'.repeat(40) }) }),
    because: 'imke asked for run: a new pipeline is started',
    actions: ['remember', 'award_emoji', 'run_pipeline', 'write_answer'],
  },
  {
    when: 'asks for retries',
    facts: ask('retry', { state: 'opened', steps: stepFacts({ jobs: failed }) }),
    because: 'imke asked for retry: 1 failed job of pipeline 900 is retried',
    actions: ['remember', 'award_emoji', 'retry_job', 'write_answer'],
  },
  {
    when: 'asks to cancel',
    facts: ask('cancel', { state: 'opened', steps: stepFacts({ pipelines: [headPipeline({ status: 'running' })] }) }),
    because: 'imke asked for cancel: pipeline 900 is cancelled',
    actions: ['remember', 'award_emoji', 'cancel_pipeline', 'write_answer'],
  },
  {
    when: 'asks to undo',
    facts: ask('undo', { stopped }),
    because: 'imke asked for undo: 1 job that was stopped in pipeline 900 is retried',
    actions: ['remember', 'award_emoji', 'retry_job', 'write_answer'],
  },
  {
    when: 'asks to undo what a commit status keeps failed',
    facts: ask('undo', { stopped: { ...stopped, mark: { sha: 'b1946ac9', name: 'pipewarden/fail-fast' } } }),
    because:
      'imke asked for undo: 1 job that was stopped in pipeline 900 is retried; the commit status pipewarden/fail-fast is taken back',
    actions: ['remember', 'award_emoji', 'retry_job', 'set_commit_status', 'write_answer'],
  },
  {
    when: 'asks to undo where a manual job waited',
    facts: ask('undo', { stopped: { ...stopped, jobs: [{ id: 7, name: 'review app', mayBeManual: true }] } }),
    because:
      'imke asked for undo: nothing that was stopped in pipeline 900 is left to be retried; 1 job that may fail or be manual and had not begun stays as it is',
    actions: answered,
  },
  {
    when: 'asks to undo what never was',
    facts: ask('undo', { stopped: null }),
    because: 'imke asked for undo: no pipeline of this merge request was stopped by the bot',
    actions: answered,
  },
  {
    when: 'asks to undo what was undone',
    facts: ask('undo', { stopped: { ...stopped, jobs: [] } }),
    because: 'imke asked for undo: nothing that was stopped in pipeline 900 is left to be retried',
    actions: answered,
  },
  {
    when: 'asks why, and nothing was decided',
    facts: ask('explain', { told: [] }),
    because: 'imke asked for explain: nothing was decided about this merge request in the last 30 days',
    actions: answered,
  },
  {
    when: 'is said among few, and unknown',
    facts: ask(null, { event: noteEvent({ internal: true }) }),
    because: '"rebase" is no command of @pipewarden',
    actions: ['remember', 'award_emoji'],
  },
  { when: 'is unknown', facts: ask(null), because: '"rebase" is no command of @pipewarden', actions: answered },
  {
    when: 'is of a Reporter',
    facts: ask('run', { role: 20 }),
    because: 'commands are for Developers of this project',
    actions: answered,
  },
  {
    when: 'is one too many',
    facts: ask('run', { used: 30 }),
    because: '30 commands in an hour are enough for one person',
    actions: ['award_emoji'],
  },
]

describe('a command', () => {
  it.each(cases)('that $when', ({ facts, because, actions }) => {
    const decision = decide(facts)
    expect(decision.because).toBe(because)
    expect(decision.actions.map(({ type }) => type)).toEqual(actions)
  })

  it('is obeyed as far as GitLab lets it: what is refused stops nothing', () => {
    const { actions } = decide(ask('run', { state: 'opened', steps: stepFacts() }))
    expect(actions.find(({ type }) => type === 'run_pipeline')?.mayBeRefused).toBe(true)
  })

  it('is answered with texts from outside made harmless', () => {
    fc.assert(
      fc.property(hostileText(), hostileText(), (text, because) => {
        const told = [{ at: 0, reaction: 'fail-fast', because, actions: [{ type: 'retry_job', result: null }] }]
        const { actions } = decide(ask('explain', { command: { name: 'explain', text }, told }))
        const answer = actions.find((action) => action.type === 'write_answer')
        expect(answer?.type === 'write_answer' && scanNote(answer.markdown).dangers).toEqual([])
      }),
    )
  })
})
