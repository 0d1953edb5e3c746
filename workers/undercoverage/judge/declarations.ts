/** Starts of statements that JavaScript runs nothing for, or that coverage makers never measure. */
const starts =
  /^(?:import\b(?!\s*\()|export\s*(?:type\s*)?[{*]|(?:export\s+)?(?:declare\b|interface\s+\w|type\s+\w+\s*[<=]))/

/** Types, imports and re-exports of a script, as 1-based lines. */
export function declarationLines(path: string, masked: readonly string[]): Set<number> {
  const found = new Set<number>()
  if (/\.d\.[cm]?ts$/.test(path)) return new Set(masked.map((_, index) => index + 1))
  let depth = 0
  let inside = false
  for (const [index, line] of masked.entries()) {
    const code = line.trim()
    if (code === '') continue
    if (!inside && depth === 0 && starts.test(code)) inside = true
    if (inside) found.add(index + 1)
    depth = Math.max(0, depth + balanceOf(code))
    if (inside && depth === 0 && !goesOn(code, masked, index)) inside = false
  }
  return found
}

function balanceOf(code: string): number {
  let balance = 0
  for (const character of code) {
    if ('{(['.includes(character)) balance += 1
    if ('})]'.includes(character)) balance -= 1
  }
  return balance
}

function goesOn(code: string, masked: readonly string[], index: number): boolean {
  if (code.endsWith(';')) return false
  if (/[=|&,:?]$/.test(code)) return true
  const next = masked.slice(index + 1, index + 20).find((line) => line.trim() !== '')
  return /^\s*[|&?:]/.test(next ?? '')
}
