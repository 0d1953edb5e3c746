import { readFile } from 'node:fs/promises'
import { asObject, asText, type JsonObject } from '../json.ts'

/** By names in lower case. */
export type Headers = Readonly<Record<string, string>>

/** A recorded delivery; `raw` is what the signature covers. */
export type Delivery = { body: JsonObject; raw: Buffer; headers: Headers }

/**
 * A file with the body of a delivery, or with an object {headers, body}, whose body is a text or an object.
 *
 * @param given headers as they are written on the command line, before those in the file
 * @throws Error that says what is wrong with the file or a header
 */
export async function readDelivery(file: string, given: readonly string[]): Promise<Delivery> {
  const text = await readText(file)
  const parsed = asObject(parseJson(text, file))
  if (!parsed) throw new Error(`${file} holds no JSON object, so no delivery`)
  const headers = { ...lowerKeys(asObject(parsed.headers) ?? {}), ...Object.fromEntries(given.map(splitHeader)) }
  const wrapped = parsed.object_kind === undefined ? bodyIn(parsed) : null
  if (wrapped === null) return { body: parsed, raw: text, headers }
  const body = asObject(parseJson(wrapped, `the body in ${file}`))
  if (!body) throw new Error(`the body in ${file} is no JSON object, so no delivery`)
  return { body, raw: wrapped, headers }
}

async function readText(file: string): Promise<Buffer> {
  try {
    return await readFile(file)
  } catch (error) {
    throw new Error(`${file} cannot be read: ${(error as Error).message}`)
  }
}

function bodyIn({ body }: JsonObject): Buffer | null {
  const text = asText(body) ?? (asObject(body) && JSON.stringify(body))
  return text === null ? null : Buffer.from(text)
}

function parseJson(text: Buffer, what: string): unknown {
  try {
    return JSON.parse(text.toString('utf8'))
  } catch (error) {
    throw new Error(`${what} is not JSON: ${(error as Error).message}`)
  }
}

function splitHeader(header: string): [string, string] {
  const colon = header.indexOf(':')
  if (colon < 1) throw new Error(`a header is written as 'Name: value', not "${header}"`)
  return [header.slice(0, colon).trim().toLowerCase(), header.slice(colon + 1).trim()]
}

const lowerKeys = (object: JsonObject): Headers =>
  Object.fromEntries(Object.entries(object).map(([name, value]) => [name.toLowerCase(), asText(value) ?? '']))
