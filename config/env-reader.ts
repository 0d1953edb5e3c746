/** Reads single variables and collects what is wrong with them. */

/** As environment variables come: unset and empty are the same. */
export type Variables = Readonly<Record<string, string | undefined>>

export type Reader = {
  text(name: string): string | null
  complain(problem: string): void
}

export const createReader = (variables: Variables): Reader & { problems: string[] } => {
  const problems: string[] = []
  return {
    problems,
    text: (name) => variables[name]?.trim() || null,
    complain: (problem) => {
      problems.push(problem)
    },
  }
}
