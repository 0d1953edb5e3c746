import { fork } from 'node:child_process'
import { once } from 'node:events'
import { createWriteStream } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

type Figure = { label: string; value: string; target: string }
type Measured = {
  seconds: number
  extraBytes: number
  blockedMilliseconds: number
  outcomes: number
  problems: string[]
}

const megabyte = 1024 * 1024
const stack = '    at com.acme.shop.Basket.add(Basket.java:42)\n'.repeat(40)

const testcase = (index: number): string => {
  const head = `<testcase classname="com.acme.shop.Spec${index % 300}" name="keeps order ${index} &amp; total" time="0.0${index % 97}"`
  if (index % 100 === 0)
    return `${head}><failure message="expected ${index}" type="Error">${stack}</failure></testcase>\n`
  if (index % 4 === 0)
    return `${head}><system-out><![CDATA[${'log line of a passing test\n'.repeat(44)}]]></system-out></testcase>\n`
  return `${head}/>\n`
}

const writeReport = async (path: string, cases: number, bytes: number): Promise<void> => {
  const file = createWriteStream(path)
  let written = 0
  const write = async (text: string): Promise<void> => {
    written += text.length
    if (!file.write(text)) await once(file, 'drain')
  }
  await write('<?xml version="1.0" encoding="UTF-8"?>\n<testsuites><testsuite name="shop">\n')
  for (let index = 0; index < cases; index += 1) await write(testcase(index))
  await write('<system-out>')
  while (written < bytes) await write('padding that the producer logged at the end of the suite\n')
  await write('</system-out></testsuite></testsuites>\n')
  file.end()
  await once(file, 'finish')
}

const writeBomb = async (path: string): Promise<void> => {
  const names = Array.from({ length: 26 }, (_, index) => `e${index}`)
  const entities = names.map((name, index) => {
    const value = index === 0 ? 'boom' : `&e${index - 1};`.repeat(10)
    return `<!ENTITY ${name} "${value}">`
  })
  const file = createWriteStream(path)
  file.write(`<!DOCTYPE testsuites [${entities.join('\n')}]>\n<testsuites><testsuite name="s">`)
  file.end('<testcase name="t"><failure message="&e25;">&e25;</failure></testcase></testsuite></testsuites>')
  await once(file, 'finish')
}

const measureInChild = async (path: string): Promise<Measured> => {
  const child = fork(fileURLToPath(new URL('./junit-child.ts', import.meta.url)), [path], {
    execArgv: process.execArgv,
  })
  const [measured] = (await once(child, 'message')) as [Measured]
  child.disconnect()
  await once(child, 'exit')
  return measured
}

const inMegabytes = (bytes: number): string => `${Math.max(0, bytes / megabyte).toFixed(0)} MB`

/** How long, how much memory (in a process of its own) and how smoothly reports are read. */
export const benchJunit = async (): Promise<Figure[]> => {
  const folder = await mkdtemp(join(tmpdir(), 'pipewarden-junit-'))
  try {
    const [usual, huge, bomb] = ['usual.xml', 'huge.xml', 'bomb.xml'].map((name) => join(folder, name)) as [
      string,
      string,
      string,
    ]
    await writeReport(usual, 90_000, 36 * megabyte)
    await writeReport(huge, 90_000, 150 * megabyte)
    await writeBomb(bomb)
    const read = await measureInChild(usual)
    const refused = await measureInChild(huge)
    const harmless = await measureInChild(bomb)
    return [
      {
        label: 'JUnit, 36 MB and 90,000 cases: time',
        value: `${read.seconds.toFixed(2)} s (${read.outcomes} cases)`,
        target: '≤ 1.5 s',
      },
      { label: 'JUnit, 36 MB: more memory', value: inMegabytes(read.extraBytes), target: '≤ 120 MB' },
      {
        label: 'JUnit, 36 MB: event loop blocked',
        value: `${read.blockedMilliseconds.toFixed(0)} ms`,
        target: '≤ 50 ms',
      },
      {
        label: `JUnit, 150 MB (${refused.problems.join(', ')}): more memory`,
        value: inMegabytes(refused.extraBytes),
        target: '≤ 120 MB',
      },
      { label: 'JUnit, entity bomb: more memory', value: inMegabytes(harmless.extraBytes), target: '≤ 20 MB' },
    ]
  } finally {
    await rm(folder, { recursive: true })
  }
}
