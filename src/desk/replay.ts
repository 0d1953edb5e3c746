import { readFile } from 'node:fs/promises'
import type { Command } from 'commander'
import { configFileOf, EnvError, processVariables, readEnv } from '../../config/env.ts'
import { loadConfig } from '../../config/load.ts'
import { createTestReaders } from '../../workers/flaky-tests/results/create.ts'
import { TestThread } from '../../workers/flaky-tests/results/test-thread.ts'
import { createReactions } from '../../workers/reactions.ts'
import { emptyMemory } from '../../workers/slack/memory.ts'
import { createGitLab } from '../gitlab/index.ts'
import { asObject, asText, type JsonObject } from '../json.ts'
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

type Headers = Record<string, string>
type Delivery = { body: JsonObject; raw: Buffer; headers: Headers }

/** `pipewarden replay DELIVERY.json`: what would the bot do? Reads GitLab if it is configured, and changes nothing. */
export function registerReplay(program: Command): void {
  program
    .command('replay')
    .description('show what the bot would do about a delivery; changes nothing')
    .argument('<delivery>', "a file with the delivery's body, or with an object {headers, body}")
    .option('-H, --header <header...>', "a header of the delivery, as 'X-Gitlab-Token: …'", [])
    .action(async (file: string, { header }: { header: string[] }) => {
      const { text, ok } = await replay(await readDelivery(file, header))
      process.stdout.write(`${text}\n`)
      process.exitCode = ok ? 0 : 1
    })
}

async function readDelivery(file: string, headers: string[]): Promise<Delivery> {
  const text = await readFile(file)
  const parsed = asObject(parseJson(text, file))
  if (!parsed) throw new Error(`${file} holds no JSON object, so no delivery`)
  const given = Object.fromEntries(headers.map(splitHeader))
  const wrapped = asText(parsed.body)
  if (!wrapped) return { body: parsed, raw: text, headers: given }
  const body = asObject(parseJson(Buffer.from(wrapped), `the body in ${file}`)) ?? {}
  return { body, raw: Buffer.from(wrapped), headers: { ...lowerKeys(asObject(parsed.headers) ?? {}), ...given } }
}

function parseJson(text: Buffer, what: string): unknown {
  try {
    return JSON.parse(text.toString('utf8'))
  } catch (error) {
    throw new Error(`${what} is not JSON: ${(error as Error).message}`)
  }
}

function splitHeader(header: string): [string, string] {
  const colon = header.indexOf(':')
  if (colon < 1) throw new Error(`a header is written as 'Name: value', not "${header}"`)
  return [header.slice(0, colon).trim().toLowerCase(), header.slice(colon + 1).trim()]
}

const lowerKeys = (object: JsonObject): Headers =>
  Object.fromEntries(Object.entries(object).flatMap(([name, value]) => [[name.toLowerCase(), asText(value) ?? '']]))

type Replayed = { ok: boolean; text: string }

async function replay({ body, raw, headers }: Delivery): Promise<Replayed> {
  const variables = processVariables()
  const { file, required } = configFileOf(variables)
  const { SLACK_BOT_TOKEN, SLACK_CHANNEL } = variables
  const config = await loadConfig(file, { required, slackChannel: SLACK_CHANNEL ?? null })
  const parsed = parseEvent(body, Date.now())
  const lines = [credentials(headers, raw)]
  if ('because' in parsed) return { ok: true, text: [...lines, `ignored: ${parsed.because}`].join('\n') }
  const { event } = parsed
  lines.push(`event: ${JSON.stringify(event)}`)
  if (!config.serves(event.project.path)) lines.push(`ignored: the project ${event.project.path} is not served`)
  const woken = config.serves(event.project.path)
    ? route(event, createReactions(config.configFor, SLACK_BOT_TOKEN ? emptyMemory : null), toldBeside(body))
    : []
  if (woken.length === 0) lines.push('wakes no reaction')
  const readers = woken.length > 0 ? createReaders() : null
  for (const reaction of woken) lines.push(await wouldDo(reaction, event, readers))
  await readers?.close()
  return { ok: true, text: lines.filter(Boolean).join('\n') }
}

function credentials(headers: Headers, raw: Buffer): string {
  if (Object.keys(headers).length === 0) return ''
  try {
    const { gitlab } = readEnv(processVariables())
    const verifier = createVerifier({ secrets: gitlab.webhookSecrets, signingTokens: gitlab.signingTokens })
    const given = {
      token: headers['x-gitlab-token'],
      signature: headers['webhook-signature'],
      id: headers['webhook-id'],
      timestamp: headers['webhook-timestamp'],
    }
    return verifier.isAuthentic(given, raw, Date.now())
      ? 'credentials: accepted'
      : 'credentials: refused; it would be answered 401'
  } catch (error) {
    if (!(error instanceof EnvError)) throw error
    return `credentials: not checked, for ${error.problems.join('; ')}`
  }
}

/** Without Redis, so that a look leaves nothing behind. @returns null when GitLab is not configured */
function createReaders(): (Readers & { close(): Promise<void> }) | null {
  const { GITLAB_URL: url = 'https://gitlab.com', GITLAB_TOKEN: token } = processVariables()
  if (!token) return null
  const gitlab = createGitLab({ url, token, log: createLog('silent', []) })
  const thread = new TestThread()
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
    durations: createDurations(cache, gitlab.reader),
    memory: noMemory,
    decisions: { ofMergeRequest: async () => [] },
    waiting: nothingWaits,
    issueProjects: async () => [],
    async close() {
      await thread.close()
      await gitlab.close()
    },
  }
}

async function wouldDo(reaction: Reaction, event: Parameters<Reaction['gather']>[0], readers: Readers | null) {
  if (!readers) return `${reaction.name}: would be woken; set GITLAB_URL and GITLAB_TOKEN to see what it would decide`
  try {
    const { because, actions } = reaction.decide(await reaction.gather(event, readers, [event]))
    const steps = actions.map((action) => `  would: ${JSON.stringify(action)}`)
    return [`${reaction.name}: ${because}`, ...(steps.length > 0 ? steps : ['  would do nothing'])].join('\n')
  } catch (error) {
    return `${reaction.name}: cannot tell: ${(error as Error).message}`
  }
}
