import type { WriteStream } from 'node:tty'
import { styleText } from 'node:util'
import type { Entry, Who } from './timeline.ts'

/** Columns that every terminal has room for. */
const width = 100
const whoWidth = 8
const mostLines = 3

const colours = {
  story: 'white',
  delivery: 'gray',
  decision: 'cyan',
  action: 'yellow',
  trouble: 'red',
  result: 'green',
} as const satisfies Record<Who, Parameters<typeof styleText>[0]>

/** Writes the story for people: narrow, with colours only on a terminal that has them. */
export function createPrinter(out: NodeJS.WritableStream | WriteStream) {
  const coloured = 'hasColors' in out && out.isTTY && out.hasColors()
  const style = (format: Parameters<typeof styleText>[0], text: string) => (coloured ? styleText(format, text) : text)
  let silent = false
  const write = (line: string) => void (silent || out.write(`${line}\n`))
  return {
    /** What is still said is not heard any more. */
    silence: (): void => {
      silent = true
    },
    plain: (text: string): void => write(text),
    heading: (title: string): void => {
      write('')
      write(style('bold', wrap(title, width, 1).join('')))
      write(style('gray', '─'.repeat(Math.min(width, [...title].length))))
    },
    /** @param since when the chapter began, in milliseconds since the epoch */
    line: ({ at, who, text }: Entry, since: number): void => {
      const seconds = Math.max(0, (at - since) / 1000)
      const left = `${seconds.toFixed(2).padStart(6)} s · ${who.padEnd(whoWidth)} · `
      const [first = '', ...more] = wrap(text, width - left.length, who === 'delivery' ? 1 : mostLines)
      for (const line of [left + first, ...more.map((rest) => ' '.repeat(left.length) + rest)])
        write(style(colours[who], line))
    },
    /** Somebody's text, such as a note, indented. */
    block: (lines: readonly string[]): void => {
      const margin = `${' '.repeat(11)}│ `
      for (const line of lines.flatMap((text) => wrap(text, width - margin.length, mostLines)))
        write(style('gray', margin) + line)
    },
  }
}

export type Printer = ReturnType<typeof createPrinter>

/** Breaks at blanks; what needs more lines than that is cut. */
function wrap(text: string, room: number, lines: number): string[] {
  const words = text.replaceAll(/\s/g, ' ').trimEnd()
  if (words.length <= room) return [words]
  if (lines <= 1) return [`${words.slice(0, room - 1)}…`]
  const blank = words.lastIndexOf(' ', room)
  const end = blank > room / 2 ? blank : room
  return [words.slice(0, end), ...wrap(words.slice(end).trimStart(), room, lines - 1)]
}
