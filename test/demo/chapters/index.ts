import type { Chapter } from '../stage.ts'
import { doomedPipeline } from './doomed-pipeline.ts'
import { flakyTest } from './flaky-test.ts'
import { labelsAndApproval } from './labels-and-approval.ts'
import { lostRunner } from './lost-runner.ts'
import { skipLabel } from './skip-label.ts'
import { slackThread } from './slack-thread.ts'
import { untestedMethod } from './untested-method.ts'

/** The story, in its order: a new chapter is registered by a line here. */
export const chapters: readonly Chapter[] = [
  doomedPipeline,
  skipLabel,
  lostRunner,
  flakyTest,
  labelsAndApproval,
  untestedMethod,
  slackThread,
]
