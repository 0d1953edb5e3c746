/** The middle one, or the lower of the two middle ones. */
export const median = (values: readonly number[]): number =>
  values.toSorted((one, other) => one - other)[(values.length - 1) >> 1] ?? Number.NaN

/** @param share 0.99 for the value that one in a hundred exceeds */
export const quantile = (values: readonly number[], share: number): number =>
  values.toSorted((one, other) => one - other)[Math.floor(values.length * share)] ?? Number.NaN

const warmUps = 3

/**
 * Runs every side once in each round, so that what else the machine does meets all of them alike.
 * The first rounds do not count: until V8 has compiled what is often used, a server is three times as slow.
 */
export async function alternate<Side extends string, Result>(
  rounds: number,
  sides: Record<Side, () => Promise<Result>>,
): Promise<Record<Side, Result[]>> {
  const names = Object.keys(sides) as Side[]
  const results = Object.fromEntries(names.map((name) => [name, []])) as unknown as Record<Side, Result[]>
  for (let round = -warmUps; round < rounds; round += 1) {
    for (const name of names) {
      const result = await sides[name]()
      if (round >= 0) results[name].push(result)
    }
  }
  return results
}
