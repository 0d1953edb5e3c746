/** What the beginning of a text shows; which XML or JSON format it is shows in its elements and keys. */
type TextKind = 'lcov' | 'go' | 'xml' | 'json'

/** Characters of the beginning that `detect` wants to see. */
export const DETECT_LENGTH = 4096

/** Tells a report by its content, never by its name; undefined if it is none that is known. */
export const detect = (head: string): TextKind | undefined => {
  const text = head.trimStart()
  if (text.startsWith('<')) return 'xml'
  if (text.startsWith('{')) return 'json'
  if (/^mode:\s?(?:set|count|atomic)\b/.test(text)) return 'go'
  if (/^(?:TN|SF):/m.test(text)) return 'lcov'
  return undefined
}
