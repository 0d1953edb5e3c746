import { createHmac, hash, timingSafeEqual } from 'node:crypto'

/** What a receiver accepts: plain secret tokens, and keys of signing tokens (GitLab 19). Several of each, so that they can be rotated. */
export type Credentials = {
  secrets: readonly string[]
  signingTokens: readonly string[]
}

export type CredentialHeaders = {
  token: string | undefined
  signature: string | undefined
  id: string | undefined
  timestamp: string | undefined
}

/** The receiver's choice; Standard Webhooks leaves it open. */
const signatureAgeMs = 5 * 60_000

const digest = (text: string) => hash('sha256', text, 'buffer')

/** Compares digests, so that neither content nor length shows in the time it takes. */
const sameText = (left: Buffer, right: string) => timingSafeEqual(left, digest(right))

/**
 * Compares as many bytes as the secret has, whatever was given, so that neither content nor length shows in the time it
 * takes. Node reads headers as Latin-1, which gives back the bytes that were sent.
 */
function isSecret(secret: Buffer, token: string): boolean {
  const given = Buffer.alloc(secret.length)
  given.write(token, 'latin1')
  return timingSafeEqual(secret, given) && token.length === secret.length
}

/** Every accepted secret is compared, so that the time does not tell which one fits. */
function tokenFits(token: string, secrets: readonly Buffer[]): boolean {
  return secrets.map((secret) => isSecret(secret, token)).some(Boolean)
}

/**
 * Signed text is `<webhook-id>.<webhook-timestamp>.<raw body>`, HMAC-SHA256 with the base64 part of `whsec_…`;
 * the header is a space-separated list of `v1,<base64>` (Standard Webhooks).
 */
function signatureFits(headers: CredentialHeaders, body: Buffer, keys: readonly Buffer[], now: number): boolean {
  const { id, timestamp, signature = '' } = headers
  if (!id || !timestamp || !/^\d{1,12}$/.test(timestamp)) return false
  if (Math.abs(now - Number(timestamp) * 1000) > signatureAgeMs) return false
  const given = signature.split(' ').flatMap((entry) => (entry.startsWith('v1,') ? [entry.slice(3)] : []))
  const expected = keys.map((key) => createHmac('sha256', key).update(`${id}.${timestamp}.`).update(body).digest())
  return expected
    .flatMap((wanted) => given.map((entry) => sameText(digest(wanted.toString('base64')), entry)))
    .some(Boolean)
}

/**
 * Either scheme is enough, but a signature that is present is never passed over: it must be right.
 * A receiver without signing tokens cannot check signatures and goes by the token alone.
 */
export function createVerifier({ secrets, signingTokens }: Credentials) {
  const tokens = secrets.map((secret) => Buffer.from(secret))
  const keys = signingTokens.map((token) => Buffer.from(token.replace(/^whsec_/, ''), 'base64'))
  /** Judged before the body is read, so that strangers cannot make the receiver read anything. */
  function claimOf({ token, signature }: CredentialHeaders): 'none' | 'token' | 'signature' {
    if (keys.length > 0 && signature) return 'signature'
    return token !== undefined && tokenFits(token, tokens) ? 'token' : 'none'
  }

  return {
    claimOf,
    /** @param claim what `claimOf` said of these headers: a token is right already, a signature has to be checked */
    isAuthentic(headers: CredentialHeaders, body: Buffer, now: number, claim = claimOf(headers)): boolean {
      return claim === 'signature' ? signatureFits(headers, body, keys, now) : claim === 'token'
    },
  }
}

export type Verifier = ReturnType<typeof createVerifier>
