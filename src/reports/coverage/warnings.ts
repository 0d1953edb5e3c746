const MAX_WARNINGS = 30
const MAX_LENGTH = 300

export type Warnings = { warn(message: string): void; all(): string[] }

/** Keeps the first warnings and counts the rest, since a broken report repeats itself on every line. */
export const createWarnings = (): Warnings => {
  const warnings: string[] = []
  let more = 0
  return {
    warn(message) {
      if (warnings.length < MAX_WARNINGS) warnings.push(message.slice(0, MAX_LENGTH))
      else more += 1
    },
    all: () => (more === 0 ? warnings : [...warnings, `${more} more warnings of this report are left out`]),
  }
}
