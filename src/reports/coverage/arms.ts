import { lowOf } from './packed.ts'

/** Stands for JaCoCo's missed instructions: makes a line partial, but is no branch. */
export const INSTRUCTIONS = 2 ** 31 - 1
/** More arms than this on one line are not told apart, so that a lying total costs nothing. */
export const MAX_ARMS = 1024

/** Identity of an arm on its line: 31 bits of FNV-1a; a collision could only hide one missed arm of that line. */
export const armKey = (identity: string): number => {
  let hash = 0x811c9dc5
  for (let index = 0; index < identity.length; index++) {
    hash = Math.imul(hash ^ identity.charCodeAt(index), 0x01000193)
  }
  return (hash >>> 0) % INSTRUCTIONS
}

export const armBits = (key: number, taken: boolean): number => key * 2 + (taken ? 1 : 0)

export const isTaken = (arm: number): boolean => arm % 2 === 1

export const isBranch = (arm: number): boolean => lowOf(arm) >>> 1 !== INSTRUCTIONS
