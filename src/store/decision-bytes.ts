import { deflateSync, inflateSync } from 'node:zlib'
import type { SavedDecision } from './decisions.ts'

/** A decision is saved in about a third of its size; short ones are not worth the work. */
const deflateAbove = 400

/** For texts of a few kB: the defaults take a quarter of a megabyte of memory for each, and compress them no better. */
const deflateOptions = { windowBits: 12, memLevel: 5, chunkSize: 4096 }

/** Saved facts are for reading: options that everybody can look up in the configuration are left out. */
const withoutOptions = (name: string, value: unknown) => (name === 'options' ? undefined : value)

export function encode(decision: SavedDecision): Buffer {
  const json = Buffer.from(JSON.stringify(decision, withoutOptions))
  return json.length > deflateAbove ? deflateSync(json, deflateOptions) : json
}

/** JSON starts with `{`, the zlib format never does. */
export function decode(bytes: Buffer): SavedDecision {
  const json = bytes[0] === 0x7b ? bytes : inflateSync(bytes)
  return JSON.parse(json.toString('utf8')) as SavedDecision
}
