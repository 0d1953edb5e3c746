import type { Logger } from 'pino'
import { key } from '../redis/keys.ts'
import { budgetScript } from './budget-script.ts'
import { everything, Pauses } from './pauses.ts'
import { untilReset } from './retry.ts'

/** What the budget needs of an ioredis client. */
export type ScriptRunner = { eval(script: string, keys: number, ...values: (string | number)[]): Promise<unknown> }

type Headers = Readonly<Record<string, string>>

/** What the workers may ask of GitLab together. */
export type Budget = {
  /** 0: the call may be made now; else milliseconds after which to ask again. */
  take(route: string): number | Promise<number>
  /** Learns the limit and what is left of it from the headers of an answer. */
  observe(headers: Headers): void
  /** From now on nobody calls for `ms`, or nobody calls this route. */
  pause(ms: number, route?: string): void
}

/** Milliseconds: how long to wait for Redis, to leave it alone after that, and to rely on its last answer. */
const patience = 200
const rest = 5_000
const fresh = 1_000
const minute = 60_000

/** The limit of the whole user, not the smaller ones of single paths (lib/gitlab/throttle.rb). */
const isGeneral = (headers: Headers): boolean => headers['ratelimit-name']?.includes('authenticated_api') ?? true

const count = (text: string | undefined): number | null =>
  text !== undefined && /^\d{1,9}$/.test(text) ? Number(text) : null

const isUsedUp = (headers: Headers): boolean => isGeneral(headers) && count(headers['ratelimit-remaining']) === 0

const timeout = (ms: number): Promise<never> =>
  new Promise((_resolve, reject) => {
    setTimeout(() => reject(new Error(`no answer within ${ms} ms`)), ms).unref()
  })

/** The budget of a process that has no Redis: it only keeps the pauses. */
export const createLocalBudget = (): Budget => {
  const pauses = new Pauses()
  return {
    take: (route) => pauses.left(route),
    observe: (headers) => {
      if (isUsedUp(headers)) pauses.extend(everything, Math.min(untilReset(headers) ?? 0, minute))
    },
    pause: (ms, route = everything) => void pauses.extend(route, ms),
  }
}

/** All workers' budget: calls are leased in batches from one bucket in Redis, and everybody keeps everybody's pauses. */
export class SharedBudget implements Budget {
  readonly #redis: ScriptRunner
  readonly #log: Logger
  readonly #configured: number | null
  readonly #pauses = new Pauses()
  /** Pauses that Redis does not know of yet. */
  readonly #news = new Pauses()
  /** Calls a minute; 0: unlimited, as far as we know. */
  #limit: number
  #remaining = -1
  #tokens = 0
  #askedAt = Number.NEGATIVE_INFINITY
  #restsUntil = 0
  #asking: Promise<number> | null = null

  constructor(deps: { redis: ScriptRunner; log: Logger; callsPerMinute: number | null }) {
    this.#redis = deps.redis
    this.#log = deps.log
    this.#configured = deps.callsPerMinute
    this.#limit = deps.callsPerMinute ?? 0
  }

  take(route: string): number | Promise<number> {
    const now = performance.now()
    const age = now - this.#askedAt
    if (now < this.#restsUntil) return this.#pauses.left(route)
    if (age > fresh || this.#tokens < 1) return this.#takeAfresh(route)
    const pause = this.#pauses.left(route)
    if (pause > 0) return pause
    if (age > fresh / 2 || this.#tokens < this.#batch() / 4) void this.#ask()
    this.#tokens -= 1
    return 0
  }

  observe(headers: Headers): void {
    if (!isGeneral(headers)) return
    this.#limit = this.#configured ?? count(headers['ratelimit-limit']) ?? this.#limit
    this.#remaining = count(headers['ratelimit-remaining']) ?? this.#remaining
    if (isUsedUp(headers)) this.pause(Math.min(untilReset(headers) ?? 0, minute))
  }

  pause(ms: number, route = everything): void {
    if (!this.#pauses.extend(route, ms)) return
    this.#news.extend(route, ms)
    if (performance.now() >= this.#restsUntil) void this.#ask()
  }

  async #takeAfresh(route: string): Promise<number> {
    const wait = await this.#ask()
    const pause = this.#pauses.left(route)
    if (pause > 0) return pause
    if (this.#tokens < 1) return wait
    this.#tokens -= 1
    return 0
  }

  /** Half a second's worth. */
  #batch(): number {
    return Math.max(1, Math.min(50, Math.ceil(this.#limit / 120)))
  }

  #ask(): Promise<number> {
    this.#asking ??= this.#lease().finally(() => {
      this.#asking = null
    })
    return this.#asking
  }

  async #lease(): Promise<number> {
    const news = this.#news.drain()
    const wanted = Math.max(0, Math.ceil(this.#batch() - this.#finite()))
    const values = [wanted, this.#limit, this.#remaining, ...news.flat()]
    this.#remaining = -1
    try {
      const reply = this.#redis.eval(budgetScript, 1, key('gitlab', 'budget'), ...values)
      return this.#learn(await Promise.race([reply, timeout(patience)]))
    } catch (error) {
      this.#log.warn({ err: error }, 'the shared budget of GitLab calls is out of reach, calls go on without it')
      this.#restsUntil = performance.now() + rest
      for (const [route, ms] of news) this.#news.extend(route, ms)
      return 0
    }
  }

  #learn(reply: unknown): number {
    const [granted, wait, ...pauses] = reply as [number, number, ...(string | number)[]]
    this.#askedAt = performance.now()
    this.#tokens = granted === -1 ? Number.POSITIVE_INFINITY : this.#finite() + granted
    for (let index = 0; index < pauses.length; index += 2) {
      this.#pauses.extend(String(pauses[index]), Number(pauses[index + 1]))
    }
    return wait
  }

  #finite(): number {
    return Number.isFinite(this.#tokens) ? this.#tokens : 0
  }
}
