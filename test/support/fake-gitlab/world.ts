import { createHash, randomBytes } from 'node:crypto'
import { type Behaviour, defaultBehaviour } from './behaviour.ts'
import type { Delivery, HookTrigger } from './hooks/types.ts'
import type { Storage } from './rest/storage.ts'
import type { Project, Token, User } from './types.ts'

/** A line that a note would have run as a command of its author. */
type QuickAction = { user: string; line: string; path: string }

/** Kinds start far apart, so that an id used for the wrong kind finds nothing. */
const firstIds = {
  user: 11,
  project: 71,
  label: 301,
  labelEvent: 351,
  hook: 401,
  mergeRequest: 601,
  issue: 701,
  deployment: 801,
  version: 901,
  emoji: 1001,
  delivery: 2001,
  pipeline: 4001,
  note: 8001,
  job: 90001,
}

/** All state of one fake instance. */
export type World = {
  behaviour: Behaviour
  users: User[]
  projects: Project[]
  tokens: Token[]
  deliveries: Delivery[]
  quickActions: QuickAction[]
  /** What a client did that GitLab does not know or allow; tests assert that it is empty. */
  problems: string[]
  /** Base address of the instance, without a slash at the end. */
  url: string
  /** The clock of the story, in milliseconds. */
  now(): number
  nextId(kind: keyof typeof firstIds): number
  /** Sends an event to the project's hooks; set by `hooks/deliver.ts`. */
  emit(project: Project, trigger: HookTrigger, payload: unknown): void
  /** Sends a delivery once more; set by `hooks/deliver.ts`. */
  resend(delivery: Delivery): Promise<Delivery>
  /** Test reports that were asked for, by pipeline. */
  testReports: Map<number, { at: number; state: string; body: unknown }>
  /** Where artifacts are when they are not on the instance itself. */
  storage: Storage
  /** Does something later, or at once for 0; forgotten when the fake is closed. */
  after(milliseconds: number, effect: () => void): void
  /** Aborted when the fake is closed. */
  closing: AbortSignal
  close(): void
}

export type WorldOptions = { behaviour?: Partial<Behaviour>; now?: () => number; storage: Storage }

export const createWorld = (options: WorldOptions): World => {
  const ids = { ...firstIds }
  const controller = new AbortController()
  const timers = new Set<NodeJS.Timeout>()
  const after = (milliseconds: number, effect: () => void): void => {
    if (milliseconds <= 0) {
      effect()
      return
    }
    const timer = setTimeout(() => {
      timers.delete(timer)
      effect()
    }, milliseconds)
    timers.add(timer)
  }
  return {
    behaviour: { ...defaultBehaviour, ...options.behaviour },
    users: [],
    projects: [],
    tokens: [],
    deliveries: [],
    quickActions: [],
    problems: [],
    url: '',
    now: options.now ?? Date.now,
    nextId: (kind) => ids[kind]++,
    emit: () => undefined,
    resend: () => Promise.reject(new Error('no deliverer')),
    testReports: new Map(),
    storage: options.storage,
    after,
    closing: controller.signal,
    close: () => {
      controller.abort()
      for (const timer of timers) clearTimeout(timer)
    },
  }
}

export const zeroSha = '0'.repeat(40)
export const newSha = (): string => createHash('sha1').update(randomBytes(16)).digest('hex')
export const newSecret = (prefix: string): string => `${prefix}${randomBytes(12).toString('hex')}`
