/** Lines and columns count from 1. */
export type Place = { line: number; column: number }

export type Problem = { place: Place | null; text: string }

const line = (file: string, { place, text }: Problem): string =>
  place === null ? `${file}: ${text}` : `${file}:${place.line}:${place.column}: ${text}`

const inOrder = (a: Problem, b: Problem): number =>
  (a.place?.line ?? 0) - (b.place?.line ?? 0) || (a.place?.column ?? 0) - (b.place?.column ?? 0)

/** A configuration file that cannot be used; the message has a line for each thing that is wrong with it. */
export class ConfigError extends Error {
  readonly problems: readonly Problem[]

  constructor(file: string, problems: readonly Problem[]) {
    const sorted = [...problems].sort(inOrder)
    super(sorted.map((problem) => line(file, problem)).join('\n'))
    this.name = 'ConfigError'
    this.problems = sorted
  }
}
