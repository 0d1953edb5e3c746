import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { asObject, type JsonObject } from '../../src/json.ts'

const folder = join(import.meta.dirname, '..', 'deliveries')

/** Names of all deliveries in `test/deliveries`, one for each kind and state. */
export const deliveryNames = (): string[] =>
  readdirSync(folder)
    .map((file) => file.replace(/\.json$/, ''))
    .sort()

/** The body as it is sent: compact JSON. */
export const deliveryBody = (name: string): Buffer => readFileSync(join(folder, `${name}.json`))

/** The body as an object. */
export const delivery = (name: string): JsonObject => asObject(JSON.parse(deliveryBody(name).toString('utf8'))) ?? {}
