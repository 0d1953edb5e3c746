import { fingerprint } from '../../src/fingerprint.ts'
import { idOfTest } from '../../src/store/tests/identify.ts'

/** Names the cause of a failure by what its message has in common with others; empty for an empty message. */
export const fingerprintId = (message: string): string => {
  const masked = fingerprint(message)
  return masked === '' ? '' : idOfTest(masked)
}
