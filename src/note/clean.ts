import { stripVTControlCharacters } from 'node:util'

/** CR, VT, FF, NEL and the two Unicode separators end a line in some reader or other, so all of them do here. */
const LINE_ENDS = /\r\n|[\r\v\f\u0085\u2028\u2029]/g
/** Control, format (bidi, zero width, byte order mark, tags) and other characters that nobody sees. */
const UNSEEN = /(?![\n\t])[\p{Cc}\p{Cf}\p{Default_Ignorable_Code_Point}]/gu
const LONE_SURROGATES = /\p{Surrogate}/gu

/**
 * Text without terminal escapes, without what cannot be seen, and with `\n` as the only end of a line.
 *
 * To be done before anything else: a word that is harmless only because of an invisible character in it is not harmless.
 */
export const clean = (text: string): string =>
  stripVTControlCharacters(text).replace(LINE_ENDS, '\n').replace(UNSEEN, '').replace(LONE_SURROGATES, '\uFFFD')

/** Cleaned, in one line. */
export const cleanLine = (text: string): string => clean(text).replace(/\s+/gu, ' ').trim()
