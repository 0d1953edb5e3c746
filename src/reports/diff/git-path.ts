const escapes: Readonly<Record<string, number>> = { a: 7, b: 8, t: 9, n: 10, v: 11, f: 12, r: 13, '"': 34, '\\': 92 }

/**
 * Undoes git's C-style quoting (quote.c): `"b/gr\303\266n.rb"` is `b/grön.rb`. Octal escapes are bytes of UTF-8.
 *
 * @returns the path and what follows its closing quote, or null when the text is not quoted
 */
export function unquote(text: string): { path: string; rest: string } | null {
  if (!text.startsWith('"')) return null
  const bytes: Buffer[] = []
  let at = 1
  while (at < text.length && text[at] !== '"') {
    const escaped = text[at] === '\\' ? /^\\([0-3][0-7]{2}|.)/s.exec(text.slice(at, at + 4)) : null
    const plain = String.fromCodePoint(text.codePointAt(at) ?? 0)
    bytes.push(escaped ? Buffer.of(byteOf(escaped[1] ?? '')) : Buffer.from(plain))
    at += escaped ? escaped[0].length : plain.length
  }
  return { path: Buffer.concat(bytes).toString('utf8'), rest: text.slice(at + 1) }
}

const byteOf = (code: string): number =>
  /^[0-7]{3}$/.test(code) ? Number.parseInt(code, 8) : (escapes[code] ?? code.charCodeAt(0))

/** A path as `---`, `+++`, `rename to` give it; a tab ends it, for git appends one to paths with blanks. null is `/dev/null`. */
export function headerPath(text: string): string | null {
  const path = unquote(text)?.path ?? text.split('\t', 1)[0] ?? ''
  return path === '/dev/null' ? null : path
}

/** The two paths of `diff --git`, prefixes included; null when blanks make it impossible to tell where one ends. */
export function bothPaths(text: string): { old: string; new: string } | null {
  const first = unquote(text)
  if (first) {
    const rest = first.rest.trimStart()
    return { old: first.path, new: unquote(rest)?.path ?? rest }
  }
  const quoted = text.indexOf(' "')
  if (quoted > 0) return { old: text.slice(0, quoted), new: unquote(text.slice(quoted + 1))?.path ?? '' }
  const blank = text.indexOf(' ')
  if (blank > 0 && blank === text.lastIndexOf(' ')) return { old: text.slice(0, blank), new: text.slice(blank + 1) }
  return sameTwice(text)
}

/** Without a rename both names are equal but for their prefix, so the blank between them is the middle one. */
function sameTwice(text: string): { old: string; new: string } | null {
  const middle = (text.length - 1) / 2
  if (!Number.isInteger(middle) || text[middle] !== ' ') return null
  const paths = { old: text.slice(0, middle), new: text.slice(middle + 1) }
  return paths.old.slice(2) === paths.new.slice(2) ? paths : null
}

/** `a/`, `b/` and git's mnemonic prefixes (index, worktree, commit, object). */
const prefix = /^[abciwo]\//

/** Whether the paths of a section carry prefixes: with `--no-prefix` both sides have the same name. */
export const hasPrefix = (old: string | null, renamed: string | null): boolean =>
  (old === null || prefix.test(old)) && (renamed === null || prefix.test(renamed)) && old?.[0] !== renamed?.[0]

export const withoutPrefix = (path: string | null): string | null => (path === null ? null : path.replace(prefix, ''))
