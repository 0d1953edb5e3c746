import { idOfTest } from '../../src/store/tests/identify.ts'
import { fingerprint } from './judge/fingerprint.ts'

/** Names the cause of a failure by what its message has in common with others; empty for an empty message. */
export const fingerprintId = (message: string): string => {
  const masked = fingerprint(message)
  return masked === '' ? '' : idOfTest(masked)
}
