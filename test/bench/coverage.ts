import { fork } from 'node:child_process'
import { once } from 'node:events'
import { createWriteStream } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'

const SIZE = 100_000_000
const LINES_OF_FILE = 400

type Figure = { label: string; value: number; target: string }

const numbers = Array.from({ length: LINES_OF_FILE }, (_, index) => index)

const lcovFile = (file: number): string =>
  [
    `TN:\nSF:/builds/acme/shop/packages/part-${file % 50}/src/module-${file}.ts`,
    ...numbers
      .filter((line) => line % 20 === 0)
      .map((line) => `FN:${line + 1},function${line}\nFNDA:${line % 3},function${line}`),
    ...numbers.map((line) => `DA:${line + 1},${(line * file) % 7}`),
    ...numbers
      .filter((line) => line % 10 === 0)
      .map((line) => `BRDA:${line + 1},${line},0,${line % 3}\nBRDA:${line + 1},${line},1,1`),
    'end_of_record\n',
  ].join('\n')

const coberturaLine = (line: number, file: number): string =>
  line % 10 === 0
    ? `<line number="${line + 1}" hits="${(line * file) % 7}" branch="true" condition-coverage="50% (1/2)"/>`
    : `<line number="${line + 1}" hits="${(line * file) % 7}" branch="false"/>`

const coberturaClass = (
  file: number,
): string => `<class name="Module${file}" filename="src/module-${file}.cs" line-rate="0.9" complexity="3">
<methods><method name="run" signature="()"><lines>
${numbers
  .slice(0, 40)
  .map((line) => coberturaLine(line, file))
  .join('\n')}
</lines></method></methods><lines>
${numbers.map((line) => coberturaLine(line, file)).join('\n')}
</lines></class>
`

function* untilSize(head: string, part: (file: number) => string, tail: string): Generator<string> {
  let size = 0
  yield head
  for (let file = 1; size < SIZE; file++) {
    const text = part(file)
    size += text.length
    yield text
  }
  yield tail
}

const formats = {
  lcov: () => untilSize('', lcovFile, ''),
  Cobertura: () =>
    untilSize(
      '<?xml version="1.0"?>\n<coverage version="1.9"><sources><source>/builds/acme/shop</source></sources><packages><package name="shop"><classes>\n',
      coberturaClass,
      '</classes></package></packages></coverage>\n',
    ),
}

const measure = async (path: string): Promise<Record<string, number>> => {
  const child = fork(new URL('coverage-child.ts', import.meta.url), [path], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  })
  const failed = once(child, 'exit').then(([code]) => Promise.reject(new Error(`the reader ended with ${code}`)))
  const [figures] = await Promise.race([once(child, 'message'), failed])
  failed.catch(() => undefined)
  return figures as Record<string, number>
}

const figuresOf = async (folder: string, format: keyof typeof formats): Promise<Figure[]> => {
  const path = join(folder, format)
  await pipeline(Readable.from(formats[format]()), createWriteStream(path))
  const { seconds = Number.NaN, megabytes = Number.NaN, blocked = Number.NaN } = await measure(path)
  return [
    { label: `${format} 100 MB: seconds to read`, value: seconds, target: '≤ 10' },
    { label: `${format} 100 MB: MB more memory`, value: megabytes, target: '≤ 200' },
    { label: `${format} 100 MB: longest stop of the event loop, ms`, value: blocked, target: '≤ 50' },
  ]
}

/** Reads big reports of our own making, keeping every line of them, each in a process of its own. */
export const benchCoverage = async (): Promise<Figure[]> => {
  const folder = await mkdtemp(join(tmpdir(), 'pipewarden-coverage-'))
  try {
    const lcov = await figuresOf(folder, 'lcov')
    return [...lcov, ...(await figuresOf(folder, 'Cobertura'))]
  } finally {
    await rm(folder, { recursive: true })
  }
}
