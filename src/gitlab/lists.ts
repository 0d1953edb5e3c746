import { listOf, type Parse } from './fields.ts'
import type { PageOptions, Pages, Query } from './pages.ts'
import { shaped } from './shape.ts'

/** Lists in our own types. */
export type Lists = {
  all<Result>(path: string, parse: Parse<Result>, query?: Query, options?: PageOptions): Promise<Result[]>
  /** The first page alone. */
  first<Result>(path: string, parse: Parse<Result>, query?: Query): Promise<Result[]>
}

export const createLists = (pages: Pages): Lists => ({
  all: async (path, parse, query, options) => shaped('GET', path, await pages.all(path, query, options), listOf(parse)),
  first: async (path, parse, query) => shaped('GET', path, await pages.first(path, query), listOf(parse)),
})
