/**
 * Reads a note as GitLab would, written apart from what it checks: takes out fences and code spans by the rules of
 * CommonMark, our own frame by its exact text, and looks for anything active in what remains.
 */

export type Scan = {
  /** What GitLab could act on; empty for an inert note. */
  dangers: string[]
  /** Lines in fences. */
  fenced: string[]
  /** What remains outside of code, with escapes undone. */
  prose: string
}

const FRAME =
  /^(?:<!-- pipewarden:[a-z0-9 -]+ -->|<details>|<\/details>|\*\*(?:✅|❌|🔎) pipewarden: [a-z ]+\*\*(?: \([a-z, -]+\))?)$/

/** @param columns how many every table of the note has */
export const scanNote = (body: string, { columns = 2 } = {}): Scan => {
  const { fenced, blocks, unclosed } = splitFences(body)
  const prose = blocks.map((block) => readBlock(block, columns))
  return {
    dangers: [
      ...rawDangers(body),
      ...(unclosed ? ['a fence that is not closed'] : []),
      ...prose.flatMap(({ dangers }) => dangers),
    ],
    fenced,
    prose: prose.map(({ text }) => text).join('\n'),
  }
}

const RAW: [string, RegExp][] = [
  ['a line that starts a quick action', /^\s*\//mu],
  ['an include', /^\s*::include/mu],
  ['a quote fence', /^\s*>>>/mu],
  ['a math block', /^\s*\$\$/mu],
  ['front matter', /^(?:---|\+\+\+|;;;)/u],
  ['a control character', /(?![\n\t])\p{Cc}/u],
  ['an invisible character', /[\p{Cf}\p{Default_Ignorable_Code_Point}\p{Zl}\p{Zp}]/u],
  ['a lone surrogate', /\p{Surrogate}/u],
  ['a comment that is not ours', /^\s*<!--(?! pipewarden:)/mu],
]

const rawDangers = (body: string): string[] => RAW.filter(([, pattern]) => pattern.test(body)).map(([name]) => name)

/** Blocks are runs of lines without a blank one, outside of fences. */
const splitFences = (body: string): { fenced: string[]; blocks: string[][]; unclosed: boolean } => {
  const fenced: string[] = []
  const blocks: string[][] = [[]]
  let fence = ''
  for (const line of body.split('\n')) {
    const run = /^ *(`{3,}(?!.*`)|~{3,})/.exec(line)?.[1] ?? ''
    if (fence !== '' && run.length >= fence.length && run[0] === fence[0] && line.trim() === run) {
      fence = ''
    } else if (fence !== '') {
      fenced.push(line)
    } else if (run !== '') {
      fence = run
      blocks.push([])
    } else if (line.trim() === '' || FRAME.test(line)) {
      blocks.push([])
    } else {
      blocks.at(-1)?.push(line)
    }
  }
  return { fenced, blocks: blocks.filter((block) => block.length > 0), unclosed: fence !== '' }
}

type Prose = { text: string; dangers: string[] }

const readBlock = (lines: string[], columns: number): Prose => {
  const [first = ''] = lines
  if (first.startsWith('<summary>')) return readSummary(lines)
  if (first.startsWith('| ')) return join(lines.flatMap((line) => readRow(line, columns)))
  if (first.startsWith('- ')) return join(lines.map((line) => readInline(line.replace(/^- /, ''))))
  return readInline(lines.join('\n'))
}

const join = (parts: Prose[]): Prose => ({
  text: parts.map(({ text }) => text).join('\n'),
  dangers: parts.flatMap(({ dangers }) => dangers),
})

const ENTITIES: Record<string, string> = { '&amp;': '&', '&lt;': '<', '&gt;': '>', '&quot;': '"', '&#39;': "'" }

/** Raw HTML: no Markdown is read here, but mentions are looked for in all text that is not in `<code>`. */
const readSummary = (lines: string[]): Prose => {
  const inside = /^<summary>(.*)<\/summary>$/u.exec(lines.join('\n'))?.[1]
  if (inside === undefined) return { text: '', dangers: ['a broken summary'] }
  const text = inside.replace(/<code>[^<>]*<\/code>/gu, '▮')
  const tags = /[<>]/.test(text) ? [`a tag: ${text}`] : []
  const shown = text.replace(/&(?:amp|lt|gt|quot|#39);/g, (entity) => ENTITIES[entity] ?? '')
  return { text: shown, dangers: [...tags, ...textDangers(shown)] }
}

/** Tables are split at every pipe that has no backslash before it, code or not. */
const readRow = (line: string, expected: number): Prose[] => {
  if (/^\|(?: --- \|)+$/.test(line)) return []
  const cells = line.split(/(?<!\\)\|/)
  const columns = cells.length - 2
  const wrong = columns === expected && cells[0] === '' && cells.at(-1) === '' ? [] : [`${columns} columns: ${line}`]
  return [...cells.slice(1, -1).map((cell) => readInline(cell.trim())), { text: '', dangers: wrong }]
}

const readInline = (source: string): Prose => {
  const rest = withoutCode(source).replaceAll('&#124;', '▮')
  const plain = rest.replace(/\[([^[\]]*)\]\((https?:\/\/[\w.:%[\]-]+(?:[/?#][\w\-.~:/?#@&+,=%]*)?)\)/gu, '$1')
  const unescaped = plain.replace(/\\[!-/:-@[-`{-~]/g, '▯')
  const shown = plain.replace(/\\([!-/:-@[-`{-~])/g, '$1')
  const signs = /[\t<>[\]*_~$|^&{}#@=+`\\%/!()]/u.exec(unescaped)
  const markup = signs === null ? [] : [`${signs[0]} is active in: ${source}`]
  const list = /^(?:[-+*]|\d+[.)])(?:\s|$)|^(?:-\s*){3,}$/mu.test(unescaped) ? [`a list: ${source}`] : []
  return { text: shown, dangers: [...markup, ...list, ...textDangers(shown)] }
}

/** A code span ends at the next run of as many backticks; a backslash before a run outside of code takes its first one away. */
const withoutCode = (source: string): string => {
  let rest = ''
  let at = 0
  while (at < source.length) {
    const [run = ''] = /^`+/.exec(source.slice(at)) ?? []
    const close = run === '' ? -1 : closingRun(source, at + run.length, run.length)
    if (close !== -1) {
      rest += '▮'
      at = close
    } else {
      const step = source[at] === '\\' ? 2 : Math.max(1, run.length)
      rest += source.slice(at, at + step)
      at += step
    }
  }
  return rest
}

const closingRun = (source: string, from: number, length: number): number => {
  for (const match of source.slice(from).matchAll(/`+/g)) {
    if (match[0].length === length) return from + match.index + length
  }
  return -1
}

/** What GitLab's filters look for in rendered text, so that escapes do not count. */
const TEXT: [string, RegExp][] = [
  ['a mention', /@[\p{L}\p{N}_]/u],
  // Only labels, milestones and iterations have names in quotes.
  ['a reference', /[#!$&%~^][\p{L}\p{N}]|[%~]"|\*iteration:|\bGL-\d|\b[A-Z][A-Z_]+-\d/u],
  ['a reference in brackets', /\[[\w ]*[:\]]|\[\[/u],
  ['a commit', /(?<![\p{L}\p{N}])[0-9a-f]{7,40}(?![\p{L}\p{N}])/u],
  ['a URL', /[a-z]:\/\/|www\.\S|mailto:\S/iu],
  ['an emoji', /:[\w+-]+:/u],
  ['an inline diff', /[{[][+-]/u],
]

const textDangers = (text: string): string[] =>
  TEXT.filter(([, pattern]) => pattern.test(text)).map(([name]) => `${name}: ${text}`)
