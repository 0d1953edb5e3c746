#!/usr/bin/env node
import { Command } from 'commander'
import { configFileOf, EnvError, guessableOf, processVariables, readEnv, secretsOf } from '../config/env.ts'
import { ConfigError, loadConfig } from '../config/load.ts'
import about from '../package.json' with { type: 'json' }
import { registerCheckConfig } from './desk/check-config.ts'
import { registerCheckCoverage } from './desk/check-coverage.ts'
import { registerCheckSlack } from './desk/check-slack.ts'
import { registerCheckTests } from './desk/check-tests.ts'
import { registerFailed } from './desk/failed.ts'
import { registerReplay } from './desk/replay.ts'
import { type Roles, start } from './index.ts'
import { createLog } from './log.ts'

/** sysexits.h: EX_CONFIG. */
const configurationIsWrong = 78
/** What runs may finish within this time; Docker and systemd kill after it. */
const gracePeriodMs = 25_000

const say = (text: string) => process.stderr.write(`${text}\n`)

/** Reads the environment and the file; everything that is wrong with either comes in one message. */
async function readSettings(roles: Roles) {
  const variables = processVariables()
  const problems: string[] = []
  const collect = (error: unknown) => {
    if (error instanceof EnvError) problems.push(...error.problems)
    else if (error instanceof ConfigError) problems.push(...error.message.split('\n'))
    else throw error
    return null
  }
  const env = await Promise.resolve()
    .then(() => readEnv(variables, { sharesRedis: !(roles.receiver && roles.worker) }))
    .catch(collect)
  const { file, required } = configFileOf(variables)
  const config = await loadConfig(file, {
    required,
    slackChannel: env?.slack.channel ?? null,
  }).catch(collect)
  if (env && config) return { env, config }
  say(`pipewarden cannot start:\n${problems.map((problem) => `  - ${problem}`).join('\n')}`)
  say('Every variable and key is explained in README.md.')
  process.exit(configurationIsWrong)
}

async function run(roles: Roles): Promise<void> {
  const { env, config } = await readSettings(roles)
  const log = createLog(env.logLevel, secretsOf(env))
  const variables = guessableOf(env)
  if (variables.length > 0) log.warn({ variables }, 'short secrets can be guessed: make them with openssl rand -hex 32')
  const starting = start(env, config, roles, log)
  let stopping = false
  const stop = async (signal: NodeJS.Signals) => {
    if (stopping) return
    stopping = true
    log.info({ signal }, 'stopping: what runs is finished, the rest is left for others')
    setTimeout(() => process.exit(0), gracePeriodMs).unref()
    // Also a process that has not started yet is ended in order: its embedded Redis, and as the first of a container.
    await starting.then(
      (running) => running.close(),
      () => undefined,
    )
    process.exit(0)
  }
  process.on('SIGTERM', stop)
  process.on('SIGINT', stop)
  await starting
}

const program = new Command('pipewarden')
  .description('Watches over GitLab pipelines: stops doomed ones, tells flaky tests from real failures, and says why')
  .version(about.version)
  .showHelpAfterError()

program
  .command('start', { isDefault: true })
  .description('take deliveries and work on them in one process')
  .action(() => run({ receiver: true, worker: true }))
program
  .command('receiver')
  .description('take deliveries; workers run elsewhere')
  .action(() => run({ receiver: true, worker: false }))
program
  .command('worker')
  .description('work on what receivers have taken')
  .action(() => run({ receiver: false, worker: true }))

const check = program.command('check').description("judge at a developer's desk, without GitLab")
registerCheckConfig(check)
registerCheckCoverage(check)
registerCheckTests(check)
registerCheckSlack(check)
registerReplay(program)
registerFailed(program)

program.parseAsync().catch((error: unknown) => {
  say(error instanceof Error ? `pipewarden: ${error.message}` : String(error))
  process.exit(1)
})
