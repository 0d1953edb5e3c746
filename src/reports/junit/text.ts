// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what this removes
const ansi = /[\u001b\u009b]\[?[0-9;:?]{0,32}[@-~]?|#x1B\[[0-9;]{0,32}m/g
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what this removes
const control = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\ufffe\uffff]/g
/** Anything but printable ASCII, and what an escape sequence or white space to collapse needs. */
const unusual = /[^!-~ ]|#|^ | $| {2}/
const spaces = /\s+/

/** Without escape sequences and the characters that XML 1.0 forbids. */
const withoutControls = (text: string): string => text.replace(ansi, '').replace(control, '')

/** A name as it is compared and shown: no escape sequences or control characters, white space collapsed. */
export const cleanName = (text: string): string =>
  unusual.test(text) ? withoutControls(text).split(spaces).join(' ').trim() : text

const goNoise = /^=== (?:RUN|PAUSE|CONT|NAME) /
const messageLines = 8
const messageLength = 600

/** First lines of a failure; null when nothing is left. Copied, since a slice would keep the whole chunk alive. */
export const cleanMessage = (text: string, length = messageLength): string | null => {
  const lines = withoutControls(text.slice(0, 4 * messageLength))
    .trim()
    .split(/\r?\n/)
  const telling = lines.filter((line) => !goNoise.test(line)).slice(0, messageLines)
  const short = telling.join('\n').slice(0, length).trimEnd()
  return short === '' ? null : Buffer.from(short).toString()
}

const grouped = /^[1-9]\d{0,2}(?:,\d{3})+(?:\.\d+)?$/
const plain = /^\d+(?:\.\d*)?(?:[eE][+-]?\d{1,3})?$|^\.\d+$/

/** Thousands separators are cut (`1,024.5`); what is no number, or below zero, is unknown. */
export const secondsOf = (text: string | undefined): number | null => {
  const trimmed = text?.trim().slice(0, 40) ?? ''
  if (grouped.test(trimmed)) return Number(trimmed.replaceAll(',', ''))
  return plain.test(trimmed) ? Number(trimmed) : null
}
