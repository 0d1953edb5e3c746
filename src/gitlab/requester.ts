import {
  createRequesterFn,
  type FormattedResponse,
  type RequestOptions,
  type ResponseBodyTypes,
} from '@gitbeaker/requester-utils'
import { readJson } from './body.ts'
import type { Ask, Caller } from './caller.ts'
import type { Limits } from './limits.ts'
import type { Method } from './transport.ts'

const methods: ReadonlySet<string> = new Set<Method>(['GET', 'POST', 'PUT', 'PATCH', 'DELETE'])
const isMethod = (text: string | undefined): text is Method => text !== undefined && methods.has(text)

/** What gitbeaker puts before each path when its classes are made for no host. */
const root = '/api/v4/'

/** Some classes ask below a prefix (`projects`), of which their paths know nothing. */
const pathOf = (endpoint: string, prefix = root): string => {
  const parent = prefix.slice(root.length)
  return parent === '' ? endpoint : `${parent}/${endpoint}`
}

/** @throws TypeError for what this gateway does not send */
const askOf = (endpoint: string, { method, searchParams, body, headers, prefixUrl }: RequestOptions): Ask => {
  if (!isMethod(method)) throw new TypeError(`not a method of GitLab's API: ${method}`)
  if (body !== undefined && typeof body !== 'string') throw new TypeError('forms are not sent')
  const accepted = method === 'GET' ? { ...headers, 'accept-encoding': 'gzip' } : { ...headers }
  return {
    method,
    path: pathOf(endpoint, prefixUrl),
    query: searchParams ?? '',
    headers: accepted,
    body: body ?? null,
    download: false,
  }
}

/**
 * The requester for gitbeaker's resource classes, which must be made without host and token: the transport alone knows them.
 * gitbeaker has turned the keys of query and body into snake case when they arrive here.
 */
export const createRequester = (call: Caller, limits: Limits): ReturnType<typeof createRequesterFn> =>
  createRequesterFn(
    async (_service, options) => options,
    async (endpoint, options): Promise<FormattedResponse> =>
      call(askOf(endpoint, (options ?? {}) as RequestOptions), async (answer) => ({
        body: (await readJson(answer, limits.jsonBytes)) as ResponseBodyTypes,
        headers: answer.headers,
        status: answer.status,
      })),
  )
