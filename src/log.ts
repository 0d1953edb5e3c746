import { type DestinationStream, type Logger, pino } from 'pino'

/**
 * JSON lines on standard output. Secrets are cut out of every line as text, wherever they came from: nobody has to
 * remember which field might hold one.
 *
 * @param secrets longest first
 */
export function createLog(level: string, secrets: readonly string[], to?: DestinationStream): Logger {
  const destination = to ?? pino.destination({ fd: 1, sync: false })
  const written = secrets.map(inJson)
  const censored: DestinationStream = {
    write: (line) => destination.write(written.reduce((text, secret) => text.replaceAll(secret, '[secret]'), line)),
  }
  return pino({ level, base: null, timestamp: pino.stdTimeFunctions.isoTime }, censored)
}

/** As it stands in a line of JSON, where quotes and backslashes have another before them. */
const inJson = (secret: string): string => JSON.stringify(secret).slice(1, -1)
