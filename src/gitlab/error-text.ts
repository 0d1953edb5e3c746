import { STATUS_CODES } from 'node:http'

const longestText = 300

const flatten = (value: unknown, depth = 0): string => {
  if (typeof value === 'string' || typeof value === 'number') return String(value)
  if (typeof value !== 'object' || value === null || depth > 3) return ''
  if (Array.isArray(value)) return value.map((entry) => flatten(entry, depth + 1)).join(', ')
  return Object.entries(value)
    .map(([key, entry]) =>
      key === 'base' || key === 'error' ? flatten(entry, depth + 1) : `${key} ${flatten(entry, depth + 1)}`,
    )
    .join('; ')
}

const parsed = (body: string): unknown => {
  try {
    return JSON.parse(body)
  } catch {
    return undefined
  }
}

const spoken = (body: string): string => {
  const json = parsed(body)
  if (typeof json !== 'object' || json === null) return body.trimStart().startsWith('<') ? '' : body
  const parts = ['message', 'error', 'error_description'].map((key) => flatten((json as Record<string, unknown>)[key]))
  return parts.filter((part) => part !== '').join(': ')
}

/** Text from outside for an error message: one line, cut, and without any of the secrets should they be echoed. */
const harmless = (text: string, secrets: readonly string[]): string => {
  const hidden = secrets.reduce(
    (rest, secret) => rest.replaceAll(secret, '[redacted]'),
    text.slice(0, 10 * longestText),
  )
  const line = hidden.replace(/[\p{Cc}\s]+/gu, ' ').trim()
  return line.length > longestText ? `${line.slice(0, longestText)}…` : line
}

/** What GitLab said of a refusal: its text is under `message` (text or object) or `error`; pages of proxies say nothing. */
export const refusalText = (status: number, body: string, secrets: readonly string[]): string => {
  const text = harmless(spoken(body), secrets)
  if (text.startsWith(String(status))) return text
  return text === '' ? `${status} ${STATUS_CODES[status] ?? 'unknown status'}` : `${status} ${text}`
}
