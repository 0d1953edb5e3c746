import type { Command } from 'commander'
import {
  configFileOf,
  EnvError,
  processVariables,
  readAccepted,
  readGitLabAccess,
  type Variables,
} from '../../config/env.ts'
import { loadConfig } from '../../config/load.ts'
import { createTestReaders } from '../../workers/flaky-tests/results/create.ts'
import { TestThread } from '../../workers/flaky-tests/results/test-thread.ts'
import { createReactions } from '../../workers/reactions.ts'
import { emptyMemory } from '../../workers/slack/memory.ts'
import { createCoverageWork } from '../../workers/undercoverage/reports/coverage-work.ts'
import type { GitLabEvent } from '../event.ts'
import { createGitLab } from '../gitlab/index.ts'
import { createLog } from '../log.ts'
import { noMemory } from '../memory.ts'
import { parseEvent } from '../parse-event.ts'
import { type Reaction, route } from '../reaction.ts'
import type { Readers } from '../readers.ts'
import { createVerifier } from '../receiver/credentials.ts'
import { createArtifactReader } from '../reports/artifacts/reader.ts'
import { createDurations } from '../store/durations.ts'
import { nothingWaits } from '../store/waiting-statuses.ts'
import { toldBeside } from '../told.ts'
import { type Delivery, type Headers, readDelivery } from './delivery-file.ts'

/** `pipewarden replay DELIVERY.json`: what would the bot do? Reads GitLab if it is configured, and changes nothing. */
export function registerReplay(program: Command): void {
  program
    .command('replay')
    .description('show what the bot would do about a delivery; changes nothing')
    .argument('<delivery>', "a file with the delivery's body, or with an object {headers, body}")
    .option('-H, --header <header>', "a header of the delivery, as 'X-Gitlab-Token: …'; may be repeated", another, [])
    .action(async (file: string, { header }: { header: string[] }) => {
      const { text, ok } = await replay(await readDelivery(file, header), processVariables())
      process.stdout.write(`${text}\n`)
      process.exitCode = ok ? 0 : 1
    })
}

/** An option with a list of its own would swallow the file that follows it. */
const another = (header: string, before: string[]): string[] => [...before, header]

/** `ok`: everything that is to be known was found out. */
export type Replayed = { ok: boolean; text: string }

/** @throws EnvError, ConfigError */
export async function replay({ body, raw, headers }: Delivery, variables: Variables): Promise<Replayed> {
  const { file, required } = configFileOf(variables)
  const { SLACK_BOT_TOKEN, SLACK_CHANNEL } = variables
  const config = await loadConfig(file, { required, slackChannel: SLACK_CHANNEL ?? null })
  const lines = Object.keys(headers).length === 0 ? [] : [credentials(headers, raw, variables)]
  const parsed = parseEvent(body, Date.now())
  if ('because' in parsed) return { ok: true, text: [...lines, `ignored: ${parsed.because}`].join('\n') }
  const { event } = parsed
  lines.push(`event: ${JSON.stringify(event)}`)
  if (!config.serves(event.project.path)) {
    return { ok: true, text: [...lines, `ignored: the project ${event.project.path} is not served`].join('\n') }
  }
  const reactions = createReactions(config.configFor, SLACK_BOT_TOKEN ? emptyMemory : null)
  const woken = route(event, reactions, toldBeside(body))
  if (woken.length === 0) return { ok: true, text: [...lines, 'wakes no reaction'].join('\n') }
  const answers = await askAll(woken, event, variables)
  return { ok: answers.every(({ ok }) => ok), text: [...lines, ...answers.map(({ text }) => text)].join('\n') }
}

async function askAll(woken: readonly Reaction[], event: GitLabEvent, variables: Variables): Promise<Replayed[]> {
  const readers = createReaders(variables)
  const answers: Replayed[] = []
  for (const reaction of woken) answers.push(await wouldDo(reaction, event, readers))
  await readers?.close()
  return answers
}

/** As of the moment at which it was signed: a recorded delivery is always older than a new one may be. */
function credentials(headers: Headers, raw: Buffer, variables: Variables): string {
  try {
    const { webhookSecrets, signingTokens } = readAccepted(variables)
    const given = {
      token: headers['x-gitlab-token'],
      signature: headers['webhook-signature'],
      id: headers['webhook-id'],
      timestamp: headers['webhook-timestamp'],
    }
    const signedAt = Number(given.timestamp ?? 0) * 1000
    return createVerifier({ secrets: webhookSecrets, signingTokens }).isAuthentic(given, raw, signedAt)
      ? 'credentials: accepted'
      : 'credentials: refused; it would be answered 401'
  } catch (error) {
    if (!(error instanceof EnvError)) throw error
    return `credentials: not checked, for ${error.problems.join('; ')}`
  }
}

/** Without Redis, so that a look leaves nothing behind. @returns null when GitLab is not configured */
function createReaders(variables: Variables): (Readers & { close(): Promise<void> }) | null {
  const access = readGitLabAccess(variables)
  if (!access) return null
  const gitlab = createGitLab({ ...access, log: createLog('silent', []) })
  const thread = new TestThread()
  const coverage = createCoverageWork()
  const known = new Map<string, string>()
  const cache = { get: async (name: string) => known.get(name) ?? null, set: async () => null }
  return {
    gitlab: gitlab.reader,
    ...createTestReaders({
      gitlab: gitlab.reader,
      artifacts: createArtifactReader({ gitlab: gitlab.reader }),
      redis: null,
      now: Date.now,
      thread,
    }),
    coverage,
    durations: createDurations(cache, gitlab.reader),
    memory: noMemory,
    decisions: { ofMergeRequest: async () => [], find: async () => [] },
    waiting: nothingWaits,
    issueProjects: async () => [],
    async close() {
      await thread.close()
      await coverage.close()
      await gitlab.close()
    },
  }
}

async function wouldDo(reaction: Reaction, event: GitLabEvent, readers: Readers | null): Promise<Replayed> {
  const { name } = reaction
  if (!readers) {
    return { ok: true, text: `${name}: would be woken; set GITLAB_URL and GITLAB_TOKEN to see what it would decide` }
  }
  try {
    const { because, actions } = reaction.decide(await reaction.gather(event, readers, [event]))
    const steps = actions.map((action) => `  would: ${JSON.stringify(action)}`)
    return {
      ok: true,
      text: [`${name}: ${because}`, ...(steps.length > 0 ? steps : ['  would do nothing'])].join('\n'),
    }
  } catch (error) {
    return { ok: false, text: `${name}: cannot tell: ${(error as Error).message}` }
  }
}
