import { integer } from './params.ts'
import { type Answer, ok, type RawRequest } from './route.ts'

export const pageParams = { page: integer.optional(), per_page: integer.optional() }

type Paged = RawRequest & { params: { page?: number | undefined; per_page?: number | undefined } }

/** More than 100 are never given, and asking for more is no error. */
const pageOf = ({ params }: { params: Partial<Paged['params']> }) => ({
  page: Math.max(1, params.page ?? 1),
  size: Math.min(100, Math.max(1, params.per_page ?? 20)),
})

const linkTo = (url: URL, page: number, size: number, relation: string): string => {
  const target = new URL(url)
  target.searchParams.set('page', String(page))
  target.searchParams.set('per_page', String(size))
  return `<${target}>; rel="${relation}"`
}

const linkHeader = (call: Paged, page: number, last: number | null, more: boolean): string => {
  const { size } = pageOf(call)
  const links = [linkTo(call.url, 1, size, 'first')]
  if (page > 1) links.unshift(linkTo(call.url, page - 1, size, 'prev'))
  if (more) links.push(linkTo(call.url, page + 1, size, 'next'))
  if (last !== null) links.push(linkTo(call.url, last, size, 'last'))
  return links.join(', ')
}

/**
 * One page of a list, with GitLab's headers: `x-next-page` is empty at the end.
 * @param options.count false where GitLab pages without counting, so that totals are missing.
 */
export const paged = <Item>(
  call: Paged,
  items: Item[],
  show: (item: Item) => unknown,
  options: { count: boolean } = { count: true },
): Answer => {
  const { page, size } = pageOf(call)
  const shown = items.slice((page - 1) * size, page * size).map(show)
  const more = items.length > page * size
  const counted = options.count && items.length <= call.world.behaviour.countLimit
  const pages = Math.max(1, Math.ceil(items.length / size))
  return ok(shown, {
    link: linkHeader(call, page, counted ? pages : null, more),
    'x-page': String(page),
    'x-per-page': String(size),
    'x-next-page': more ? String(page + 1) : '',
    'x-prev-page': page > 1 ? String(page - 1) : '',
    ...(counted ? { 'x-total': String(items.length), 'x-total-pages': String(pages) } : {}),
  })
}

/** Keyset pages have no numbers and no totals: only a `link` to what comes after the last item given. */
export const keysetPaged = <Item extends { id: string }>(
  call: RawRequest & { params: { page_token?: string | undefined; per_page?: number | undefined } },
  items: Item[],
): Answer => {
  const { size } = pageOf(call)
  const start = items.findIndex((item) => item.id === call.params.page_token) + 1
  const shown = items.slice(start, start + size)
  const last = shown.at(-1)
  if (last === undefined || start + size >= items.length) return ok(shown)
  const next = new URL(call.url)
  next.searchParams.set('page_token', last.id)
  return ok(shown, { link: `<${next}>; rel="next"` })
}
