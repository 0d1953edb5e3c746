/** Pauses the whole API. */
export const everything = '*'

/** Until when which route must not be called; ends are in milliseconds of `performance.now()`. */
export class Pauses {
  readonly #ends = new Map<string, number>()

  /** Milliseconds that are left of the pauses that concern this route. */
  left(route: string): number {
    if (this.#ends.size === 0) return 0
    const end = Math.max(this.#ends.get(everything) ?? 0, this.#ends.get(route) ?? 0)
    return Math.max(0, end - performance.now())
  }

  /** @returns whether that made the pause longer */
  extend(route: string, ms: number): boolean {
    const end = performance.now() + ms
    if (ms <= 0 || end <= (this.#ends.get(route) ?? 0)) return false
    this.#ends.set(route, end)
    return true
  }

  /** Empties it; gives what was in it, as routes and milliseconds left. */
  drain(): [string, number][] {
    const now = performance.now()
    const all = [...this.#ends].map(([route, end]): [string, number] => [route, Math.ceil(end - now)])
    this.#ends.clear()
    return all.filter(([, ms]) => ms > 0)
  }
}
