import { pino } from 'pino'
import { createGitLab } from '../../src/gitlab/index.ts'
import { createArtifactReader } from '../../src/reports/artifacts/reader.ts'
import { ciJob } from '../support/builders.ts'

const [url = '', temporaryFolder = ''] = process.argv.slice(2)
const gitlab = createGitLab({ url, token: 'glpat-none', log: pino({ level: 'silent' }) })
const reader = createArtifactReader({ gitlab: gitlab.reader, temporaryFolder })

const read = async (id: number) => {
  const job = ciJob({ id, artifacts: [{ fileType: 'archive', filename: 'artifacts.zip', size: 0 }] })
  let bytes = 0
  const outcome = await reader.readMatching(job, ['**/*.xml'], async ({ open }) => {
    for await (const piece of await open()) bytes += (piece as Buffer).length
  })
  return { ...outcome, bytes }
}

// The first archive pays for what every process has to load once.
await read(1)
const before = process.memoryUsage.rss()
let highest = before
const timer = setInterval(() => {
  highest = Math.max(highest, process.memoryUsage.rss())
}, 2)
const outcome = await read(2)
clearInterval(timer)
process.send?.({ ...outcome, extraBytes: Math.max(highest, process.memoryUsage.rss()) - before })
await gitlab.close()
process.disconnect?.()
