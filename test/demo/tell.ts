import { createLog } from '../../src/log.ts'
import type { Cleanup } from '../support/cleanup.ts'
import { deliveryEntry, logEntries } from './describe.ts'
import type { Printer } from './print.ts'
import { type Chapter, createStage } from './stage.ts'
import { createTimeline, type Entry } from './timeline.ts'
import { startWorld, type World } from './world.ts'

const hello = 'pipewarden at work on a small GitLab, a Slack and a Redis of its own, all on this machine.'

const goodbye = `
All of it went as told. What to do next:
  1. README.md, section "Run it": a token, a webhook, and what they may do
  2. GITLAB_URL=… GITLAB_TOKEN=… GITLAB_WEBHOOK_SECRET=… npm start
  3. README.md, section "Configure it": which jobs, labels and branches count;
     with dry_run: true the bot decides and shows, and changes nothing`

/**
 * Plays the chapters, each in a project of its own.
 *
 * @returns whether everything went as told; the first thing that does not ends the story
 */
export async function tellStory(chapters: readonly Chapter[], cleanup: Cleanup, printer: Printer): Promise<boolean> {
  printer.plain(hello)
  try {
    await tellChapters(chapters, cleanup, printer)
    printer.plain(goodbye)
    return true
  } catch (error) {
    printer.plain(`\nThis did not go as told: ${error instanceof Error ? error.message : error}`)
    return false
  }
}

async function tellChapters(chapters: readonly Chapter[], cleanup: Cleanup, printer: Printer): Promise<void> {
  const heard: Entry[] = []
  const hear = (line: string) => heard.push(...logEntries(line))
  const log = createLog('info', [], { write: (line) => printer.plain(messageOf(line)) })
  const world = await startWorld(cleanup, hear, log)
  for (const [index, chapter] of chapters.entries()) await tellChapter(chapter, index + 1, { world, heard, printer })
  const [problem] = [...world.gitlab.problems, ...world.slack.problems]
  if (problem) throw new Error(`GitLab or Slack would not have understood the bot: ${problem}`)
}

const messageOf = (line: string): string => (JSON.parse(line) as { msg: string }).msg

type Telling = { world: World; heard: Entry[]; printer: Printer }

async function tellChapter(chapter: Chapter, number: number, { world, heard, printer }: Telling): Promise<void> {
  const { gitlab } = world
  const since = Date.now()
  const before = heard.length
  const [newEntries, newDeliveries] = [newsOf(heard), newsOf(gitlab.deliveries)]
  const timeline = createTimeline({
    collect: () => [...newEntries(), ...newDeliveries().map(deliveryEntry)],
    print: (entry) => printer.line(entry, since),
  })
  printer.heading(`${number}. ${chapter.title}`)
  try {
    const project = world.addProject(`meadow/orchard-${number}`)
    await chapter.tell(createStage({ world, project, timeline, printer, heard: () => heard.slice(before) }))
    await gitlab.settled()
  } finally {
    timeline.stop()
    timeline.flush()
  }
  const trouble = heard.slice(before).find(({ who }) => who === 'trouble')
  if (trouble) throw new Error(trouble.text)
}

/** Each call gives what was added since the last one. */
const newsOf = <T>(list: readonly T[]): (() => T[]) => {
  let told = list.length
  return () => {
    const news = list.slice(told)
    told += news.length
    return news
  }
}
