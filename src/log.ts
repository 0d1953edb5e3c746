import { type DestinationStream, type Logger, pino } from 'pino'

/**
 * JSON lines on standard output. Secrets are cut out of every line as text, wherever they came from: nobody has to
 * remember which field might hold one.
 *
 * @param secrets longest first
 */
export function createLog(level: string, secrets: readonly string[], to?: DestinationStream): Logger {
  // Each line at once, as node writes to pipes anyway: pino's buffer is lost with a killed process, and emptied on exit
  // into a pipe that nobody reads it keeps the process alive for ever (sonic-boom's flushSync tries EPIPE again).
  const destination = to ?? pino.destination({ fd: 1, sync: true })
  const cuts = secrets.map(cutting)
  const censored: DestinationStream = {
    write: (line) => destination.write(cuts.reduce((text, cut) => cut(text), line)),
  }
  return pino({ level, base: null, timestamp: pino.stdTimeFunctions.isoTime }, censored)
}

/** Shorter ones also stand inside of ordinary words, which would be unreadable without them. */
const leastToCutFromWords = 8

function cutting(secret: string): (line: string) => string {
  const text = inJson(secret)
  if (secret.length >= leastToCutFromWords) return (line) => line.replaceAll(text, '[secret]')
  const exactly = text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&')
  const alone = new RegExp(`${startOfWord}${exactly}(?![\\p{L}\\p{N}])`, 'gu')
  return (line) => line.replaceAll(alone, '[secret]')
}

/** The n of a line break in JSON belongs to no word. */
const startOfWord = String.raw`(?:(?<![\p{L}\p{N}])|(?<=\\[bfnrt]))`

/** As it stands in a line of JSON, where quotes and backslashes have another before them. */
const inJson = (secret: string): string => JSON.stringify(secret).slice(1, -1)
