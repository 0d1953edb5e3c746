import { posix } from 'node:path'

/** Languages as far as comments, function heads and skip markers differ. */
export type Family =
  | 'ruby'
  | 'python'
  | 'script'
  | 'java'
  | 'c'
  | 'go'
  | 'rust'
  | 'keyword'
  | 'php'
  | 'hash'
  | 'dash'
  | 'other'

const extensions: Readonly<Record<Exclude<Family, 'other'>, string>> = {
  ruby: 'rb rake ru gemspec Rakefile Gemfile',
  python: 'py pyw',
  script: 'js jsx mjs cjs ts tsx mts cts vue svelte',
  java: 'java cs groovy dart',
  c: 'c cc cpp cxx c++ h hh hpp hxx ipp inl m mm cu',
  go: 'go',
  rust: 'rs',
  keyword: 'kt kts swift scala',
  php: 'php',
  hash: 'sh bash zsh pl pm r ex exs jl nim cr tcl',
  dash: 'lua hs sql elm adb ads',
}

const families = new Map<string, Family>(
  Object.entries(extensions).flatMap(([family, list]) => list.split(' ').map((item) => [item, family as Family])),
)

/** What tells source files of one kind from others: the extension, or the whole name of a file without one. */
export function kindOfFile(path: string): string {
  const name = posix.basename(path)
  const dot = name.lastIndexOf('.')
  return dot > 0 ? name.slice(dot + 1) : name
}

export const familyOf = (path: string): Family => families.get(kindOfFile(path)) ?? 'other'

/** Whose blocks are braces and whose comments are those of C. */
export const hasBraces = (family: Family): boolean =>
  ['script', 'java', 'c', 'go', 'rust', 'keyword', 'php', 'other'].includes(family)
