import { describe, expect, it } from 'vitest'
import { createVerifier } from '../src/receiver/credentials.ts'

const verifier = createVerifier({ secrets: ['short', 'a longer secret', 'schlüssel'], signingTokens: [] })
const claimOf = (token: string | undefined) =>
  verifier.claimOf({ token, signature: undefined, id: undefined, timestamp: undefined })
/** As node gives a header whose bytes are those of the text in UTF-8. */
const asHeader = (text: string) => Buffer.from(text).toString('latin1')

describe('a secret token', () => {
  it.each(['short', 'a longer secret', asHeader('schlüssel')])('%j is accepted', (token) => {
    expect(claimOf(token)).toBe('token')
  })

  it.each([
    undefined,
    '',
    'shor',
    'shorT',
    'short\0',
    'short\0\0\0\0\0\0\0\0\0\0',
    'shorta longer secret',
    'a longer secret!',
    'schlüssel',
    'schl\u0000ssel',
  ])('%j is refused', (token) => {
    expect(claimOf(token)).toBe('none')
  })
})
