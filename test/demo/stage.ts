import type { ActionType } from '../../src/action.ts'
import type { JobSpec } from '../support/fake-gitlab/specs.ts'
import type { MergeRequest, Pipeline, Project } from '../support/fake-gitlab/types.ts'
import { noteText } from './note-text.ts'
import type { Printer } from './print.ts'
import type { Entry, Timeline } from './timeline.ts'
import type { World } from './world.ts'

/** One part of the story: what happens, and what has to come of it. */
export type Chapter = {
  title: string
  /** @throws StoryError when something does not go as told */
  tell(stage: Stage): Promise<void>
}

/** The story did not go as told. */
class StoryError extends Error {}

const patienceMs = 20_000

/** What a chapter tells its part with. */
export function createStage(deps: {
  world: World
  project: Project
  timeline: Timeline
  printer: Printer
  /** What the bot decided and did so far in this chapter. */
  heard(): readonly Entry[]
}) {
  const { world, project, timeline, printer, heard } = deps
  const { gitlab, author } = world

  function check(what: string, isSo: boolean): void {
    if (!isSo) throw new StoryError(`it is not so that ${what}`)
  }

  /** Waits until something is so. */
  async function until(what: string, isSo: () => boolean): Promise<void> {
    const deadline = Date.now() + patienceMs
    while (!isSo() && Date.now() < deadline) await new Promise((resolve) => setTimeout(resolve, 20))
    check(`${what} (within ${patienceMs / 1000} s)`, isSo())
  }

  return {
    ...world,
    project,
    /** What people and runners do. */
    say: (text: string): void => timeline.add({ at: Date.now(), who: 'story', text }),
    /** What came of it. */
    async result(text: string): Promise<void> {
      await gitlab.settled()
      timeline.add({ at: Date.now(), who: 'result', text })
    },
    check,
    until,
    /** Waits until a reaction gave this as its reason. */
    decided: (reaction: string, because: string): Promise<void> =>
      until(`${reaction} decides because ${because}`, () =>
        heard().some(({ who, text }) => who === 'decision' && text.startsWith(reaction) && text.includes(because)),
      ),
    /** Waits until the bot is done with an action of this type. */
    performed: (type: ActionType): Promise<void> =>
      until(`${type} is performed`, () => heard().some(({ who, text }) => who === 'action' && text.startsWith(type))),
    openMergeRequest: (title: string, labels: string[] = []): MergeRequest =>
      gitlab.addMergeRequest(project, { sourceBranch: 'ripe-apples', title, author, labels }),
    startPipeline: (mergeRequest: MergeRequest, jobs: JobSpec[]): Pipeline =>
      gitlab.addPipeline(project, { mergeRequest, jobs, user: author }),
    /** The bot's note, as it reads on the page. */
    showNote({ notes }: MergeRequest): void {
      timeline.flush()
      printer.block(noteText(notes.filter((note) => note.author === world.bot).at(-1)?.body ?? ''))
    },
  }
}

export type Stage = ReturnType<typeof createStage>
