import type { z } from 'zod'
import { count, flag, section } from './common.ts'

export const commandsSchema = section({
  enabled: flag(true).describe('Whether comments that speak to the bot are obeyed'),
  per_hour: count.default(30).describe('How many commands one person may give in an hour, in all projects'),
})

export type CommandOptions = z.output<typeof commandsSchema>
