/** Three-valued logic: what is not known does not hold, and neither does its opposite. */

export type Verdict = {
  /** null: not known. */
  holds: boolean | null
  /** Whether a branch or tag was named on the way, and not just a kind of pipeline. */
  namesRef: boolean
  /** What is not known, or what spoke against it; empty if nothing did. */
  because: string
}

export const holds = (namesRef = false): Verdict => ({ holds: true, namesRef, because: '' })
export const fails = (because: string): Verdict => ({ holds: false, namesRef: false, because })
export const unknown = (because: string): Verdict => ({ holds: null, namesRef: false, because })

export const whether = (fact: boolean, against: string): Verdict => (fact ? holds() : fails(against))

/** All hold; what surely fails decides before what is not known. */
export const allOf = (verdicts: readonly Verdict[]): Verdict =>
  verdicts.find((verdict) => verdict.holds === false) ??
  verdicts.find((verdict) => verdict.holds === null) ??
  holds(verdicts.some((verdict) => verdict.namesRef))

/** One holds; the reason of the first that is not known, else of the first. */
export const anyOf = (verdicts: readonly Verdict[]): Verdict => {
  const holding = verdicts.filter((verdict) => verdict.holds === true)
  if (holding.length > 0) return holds(holding.some((verdict) => verdict.namesRef))
  return verdicts.find((verdict) => verdict.holds === null) ?? verdicts[0] ?? fails('nothing to choose from')
}

/** None holds; ruling a ref out does not name one. */
export const noneOf = (verdicts: readonly Verdict[], against: string): Verdict => {
  const any = anyOf(verdicts)
  if (any.holds === null) return any
  return any.holds ? fails(against) : holds()
}
