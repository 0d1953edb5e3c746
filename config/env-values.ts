/** What single values of environment variables have to look like. */

/** Values from secret files and copied from web pages carry line breaks and blanks, which no HTTP header may. */
export const isSendable = (secret: string): boolean => /^[\x21-\x7e]+$/.test(secret)

/** Node reads headers as Latin-1, senders write whatever they like: only ASCII arrives as it was. */
export const isHeaderText = (secret: string): boolean => /^[\x20-\x7e]+$/.test(secret)

/** The parts between commas, without blanks around them. */
export const listOf = (value: string | null): string[] =>
  (value ?? '')
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')

/** What other senders and receivers of Standard Webhooks hold keys to. */
export const KEY_BYTES = { least: 24, most: 64 }

/** `whsec_` and a key in strict base64, which is how GitLab decodes it. */
export const isSigningToken = (token: string): boolean => {
  const encoded = /^whsec_([A-Za-z0-9+/]+={0,2})$/.exec(token)?.[1]
  if (encoded === undefined) return false
  const key = Buffer.from(encoded, 'base64')
  const strict = key.toString('base64').replace(/=+$/, '') === encoded.replace(/=+$/, '')
  return strict && key.length >= KEY_BYTES.least && key.length <= KEY_BYTES.most
}

/** What is wrong with a base URL, or null. */
export const wrongUrl = (text: string): string | null => {
  const url = URL.canParse(text) ? new URL(text) : null
  if (url === null || (url.protocol !== 'https:' && url.protocol !== 'http:')) return 'is not an http or https URL'
  if (url.username !== '' || url.password !== '') return 'has a user name or password in it, which is never sent'
  return url.search === '' && url.hash === '' ? null : 'has a ? or # in it, but has to be a base URL'
}
