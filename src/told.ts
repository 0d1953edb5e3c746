import { asArray, asText, dig, type JsonObject } from './json.ts'

/** What a delivery tells beside its event: enough to see that nobody wants it, and too much to be kept. */
export type Told = {
  /** Names of the newest attempts of a pipeline's jobs; null: not told. */
  jobNames: readonly string[] | null
}

/** @param body of a delivery; only pipeline events list jobs, in `builds` */
export function toldBeside(body: JsonObject): Told {
  if (body.object_kind !== 'pipeline' || !Array.isArray(body.builds)) return { jobNames: null }
  return { jobNames: asArray(body.builds).flatMap((build) => asText(dig(build, 'name')) ?? []) }
}
