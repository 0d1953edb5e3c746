import { createReadStream } from 'node:fs'
import { readJunit } from '../../src/reports/junit/read.ts'

const path = process.argv[2] ?? ''

/** The longest time between two turns of the event loop, and the highest memory seen. */
const watch = () => {
  let last = performance.now()
  let longest = 0
  let highest = process.memoryUsage.rss()
  const timer = setInterval(() => {
    const now = performance.now()
    longest = Math.max(longest, now - last)
    highest = Math.max(highest, process.memoryUsage.rss())
    last = now
  }, 1)
  return { stop: () => clearInterval(timer), longest: () => longest, highest: () => highest }
}

const before = process.memoryUsage.rss()
const watched = watch()
const started = performance.now()
const report = await readJunit(createReadStream(path))
const seconds = (performance.now() - started) / 1000
watched.stop()

process.send?.({
  seconds,
  extraBytes: Math.max(watched.highest(), process.memoryUsage.rss()) - before,
  blockedMilliseconds: watched.longest(),
  outcomes: report.outcomes.length,
  problems: report.problems.map(({ kind }) => kind),
})
