import { pino } from 'pino'
import { createGitLab } from '../../src/gitlab/index.ts'
import { createArtifactReader } from '../../src/reports/artifacts/reader.ts'
import { ciJob } from '../support/builders.ts'

const [url = '', temporaryFolder = ''] = process.argv.slice(2)
const gitlab = createGitLab({ url, token: 'glpat-none', log: pino({ level: 'silent' }) })
const reader = createArtifactReader({ gitlab: gitlab.reader, temporaryFolder })
const job = ciJob({ artifacts: [{ fileType: 'archive', filename: 'artifacts.zip', size: 0 }] })

const read = async (patterns: string[]) => {
  let bytes = 0
  const outcome = await reader.readMatching(job, patterns, async ({ open }) => {
    for await (const piece of await open()) bytes += (piece as Buffer).length
  })
  return { ...outcome, bytes }
}

await read(['small*'])
const before = process.memoryUsage.rss()
let highest = before
const timer = setInterval(() => {
  highest = Math.max(highest, process.memoryUsage.rss())
}, 2)
const outcome = await read(['**/large*'])
clearInterval(timer)
process.send?.({ ...outcome, extraBytes: Math.max(highest, process.memoryUsage.rss()) - before })
await gitlab.close()
process.disconnect?.()
