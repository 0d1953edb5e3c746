import { formatQuery } from '@gitbeaker/requester-utils'
import { readJson } from './body.ts'
import type { Caller } from './caller.ts'
import { GitLabError } from './errors.ts'
import { ShapeError } from './fields.ts'
import type { Limits } from './limits.ts'
import { shaped } from './shape.ts'

type Page = { entries: unknown[]; headers: Record<string, string> }
/** `mostPages` takes the place of the limit of all lists. */
export type PageOptions = { mostPages?: number }
export type Query = Record<string, string | number | boolean | readonly string[] | undefined>

/** GitLab's maximum (doc/api/rest/_index.md). */
const perPage = 100
const atOnce = 4

const entriesOf = (body: unknown): unknown[] => {
  if (Array.isArray(body)) return body
  throw new ShapeError('', 'a list')
}

/** The query of `rel="next"`: keyset pages have no number. Its host is not looked at. */
const nextLink = (link: string): string | null => {
  const part = link.split('<').find((piece) => /rel="?next"?/.test(piece.slice(piece.indexOf('>'))))
  const address = part?.slice(0, part.indexOf('>')) ?? ''
  const start = address.indexOf('?')
  return start === -1 ? null : address.slice(start + 1)
}

const nextQuery = (query: string, { link, 'x-next-page': page }: Record<string, string>): string | null => {
  if (link !== undefined) return nextLink(link)
  return page !== undefined && /^\d{1,6}$/.test(page) ? `${query}&page=${page}` : null
}

/** What moved to the next page while it was read comes twice. */
const withoutRepeats = (entries: unknown[]): unknown[] => {
  const seen = new Set<unknown>()
  return entries.filter((entry) => {
    const id = (entry as { id?: unknown } | null)?.id
    if (id === undefined || !seen.has(id)) return seen.add(id)
    return false
  })
}

export type Pages = {
  /** @throws GitLabError for lists of more pages than `limits.pages` or `mostPages` */
  all(path: string, query?: Query, options?: PageOptions): Promise<unknown[]>
  first(path: string, query?: Query): Promise<unknown[]>
}

const tooLong = (path: string, most: number): GitLabError => {
  const reason = `the list has more than ${most} pages of ${perPage}, which is more than is read`
  return new GitLabError({ method: 'GET', path, status: 200, reason, kind: 'permanent' })
}

/** Lists of GitLab's API, 100 entries a page. */
export const createPages = (call: Caller, limits: Limits): Pages => {
  const read = (path: string, query: string): Promise<Page> =>
    call(
      { method: 'GET', path, query, headers: { 'accept-encoding': 'gzip' }, body: null, download: false },
      async (answer) => ({
        entries: shaped('GET', path, await readJson(answer, limits.jsonBytes), entriesOf),
        headers: answer.headers,
      }),
    )

  /** Pages 2 to `last`, some at once. */
  const numbered = async (path: string, query: string, last: number): Promise<unknown[]> => {
    const found: unknown[] = []
    for (let page = 2; page <= last; page += atOnce) {
      const numbers = Array.from({ length: Math.min(atOnce, last - page + 1) }, (_none, index) => page + index)
      const pages = await Promise.all(numbers.map((number) => read(path, `${query}&page=${number}`)))
      found.push(...pages.flatMap(({ entries }) => entries))
    }
    return found
  }

  const followed = async (path: string, query: string, first: Page, most: number): Promise<unknown[]> => {
    const found: unknown[] = []
    let next = nextQuery(query, first.headers)
    for (let page = 2; next !== null; page += 1) {
      if (page > most) throw tooLong(path, most)
      const { entries, headers } = await read(path, next)
      found.push(...entries)
      next = nextQuery(query, headers)
    }
    return found
  }

  const all = async (path: string, parameters: Query = {}, options: PageOptions = {}): Promise<unknown[]> => {
    const most = options.mostPages ?? limits.pages
    const query = formatQuery({ ...parameters, perPage })
    const first = await read(path, query)
    const total = Number(first.headers['x-total-pages'] ?? 0)
    if (total > most) throw tooLong(path, most)
    const rest = await (total > 1 ? numbered(path, query, total) : followed(path, query, first, most))
    return rest.length === 0 ? first.entries : withoutRepeats([...first.entries, ...rest])
  }

  const first = async (path: string, parameters: Query = {}): Promise<unknown[]> => {
    const { entries } = await read(path, formatQuery({ ...parameters, perPage }))
    return entries
  }

  return { all, first }
}
