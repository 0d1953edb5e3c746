/** Ascending lines as text: `14, 27-28`. */
export function ranges(lines: readonly number[]): string {
  const parts: string[] = []
  for (let from = 0; from < lines.length; ) {
    let to = from
    while (lines[to + 1] === (lines[to] ?? 0) + 1) to += 1
    parts.push(to === from ? `${lines[from]}` : `${lines[from]}-${lines[to]}`)
    from = to + 1
  }
  return parts.join(', ')
}
