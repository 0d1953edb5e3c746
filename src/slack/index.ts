import type { Logger } from 'pino'
import type { Env } from '../../config/env.ts'
import type { SlackMemory } from '../../workers/slack/memory.ts'
import type { RedisClient } from '../redis/connect.ts'
import { createIncidentStore } from '../store/incidents.ts'
import { createSlackClient, type SlackClient } from './client.ts'
import { createPace, type Pace } from './pace.ts'
import { createPeople } from './people.ts'
import { createTrouble, type Trouble } from './trouble.ts'

export type Slack = { client: SlackClient; pace: Pace; trouble: Trouble; memory: SlackMemory }

type Deps = { env: Env['slack']; redis: RedisClient; log: Logger; count?: (code: string) => void }

/** @returns null without a token: then nobody is told anything */
export function createSlack({ env: { botToken, apiUrl }, ...deps }: Deps): Slack | null {
  if (botToken === null) return null
  const client = createSlackClient({ token: botToken, apiUrl })
  const trouble = createTrouble(deps)
  const people = createPeople({ redis: deps.redis, client, trouble })
  const incidents = createIncidentStore(deps.redis)
  const memory: SlackMemory = { incidents: incidents.of, due: incidents.takeDue, person: people.byEmail }
  return { client, pace: createPace(deps.redis), trouble, memory }
}
