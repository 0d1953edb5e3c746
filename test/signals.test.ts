import { beforeAll, describe, expect, it } from 'vitest'
import { eventually } from './support/bot.ts'
import { builtCli } from './support/built.ts'
import { type BotProcess, startProcess } from './support/processes.ts'

const variables = {
  GITLAB_URL: 'http://127.0.0.1:1',
  GITLAB_TOKEN: 'glpat-of-nobody',
  GITLAB_WEBHOOK_SECRET: 'a secret of the hook',
  REDIS_URL: 'unix:///no/such/redis.sock',
}

describe('a worker that finds no Redis and is asked to end', () => {
  let cli: string
  beforeAll(async () => {
    cli = await builtCli()
  })

  const says = (bot: BotProcess, text: string) =>
    eventually(
      () => bot.lines,
      (lines) => lines.some((line) => line.includes(text)),
    )

  it.each([
    ['while it starts', 'Redis is away'],
    ['when it has started', '"msg":"started"'],
  ])('%s does so in order and at once', async (_, text) => {
    const bot = startProcess(cli, 'worker', variables)
    await says(bot, text)
    const asked = Date.now()
    expect(await bot.term()).toBe(0)
    expect(Date.now() - asked).toBeLessThan(10_000)
    expect(bot.lines.at(-1)).toContain('"msg":"stopped"')
  })

  it('does so also when nobody reads its log any more', async () => {
    const bot = startProcess(cli, 'worker', variables)
    await says(bot, '"msg":"started"')
    bot.stopReading()
    expect(await bot.term()).toBe(0)
  })
})
