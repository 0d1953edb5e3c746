import { monitorEventLoopDelay } from 'node:perf_hooks'
import { readCoverage } from '../../src/reports/coverage/read.ts'

/** Milliseconds between two looks at the clock when nothing is in the way. */
const RESOLUTION = 5

const measure = async (path: string): Promise<Record<string, number>> => {
  const before = process.memoryUsage().rss
  const delay = monitorEventLoopDelay({ resolution: RESOLUTION })
  delay.enable()
  const start = performance.now()
  const result = await readCoverage(path)
  const seconds = (performance.now() - start) / 1000
  delay.disable()
  if (result.outcome !== 'read') throw new Error(result.message)
  const lines = result.report.files.reduce((sum, file) => sum + (file.coverage?.measuredCount ?? 0), 0)
  const megabytes = (process.resourceUsage().maxRSS * 1024 - before) / 2 ** 20
  return { seconds, megabytes, blocked: delay.max / 1e6 - RESOLUTION, lines, files: result.report.files.length }
}

const [path = ''] = process.argv.slice(2)
process.send?.(await measure(path))
