import { createHash } from 'node:crypto'

/** Short enough to be kept by the thousand; 72 bits, so that a billion tests hardly share one. */
const idLength = 12

/** @param key the identity of a test as one string */
export const idOfTest = (key: string): string => createHash('sha256').update(key).digest('base64url').slice(0, idLength)
