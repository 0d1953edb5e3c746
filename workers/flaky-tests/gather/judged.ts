import type { Readers } from '../../../src/readers.ts'
import type { FlakyTestsFacts } from '../facts.ts'
import type { FlakyTestsReactionOptions } from '../options.ts'
import { repositoryPath } from '../repository-path.ts'
import type { Judged, JudgedTest } from '../results/types.ts'
import { packedOf, type ReadAttempt, readOtherPipelines } from './results.ts'

/** What the attempts of a pipeline say, with those of other pipelines of its commit; null: they left nothing. */
export async function judgeAttempts(
  read: Readers,
  projectPath: string,
  { id, sha }: FlakyTestsFacts['pipeline'],
  attempts: readonly ReadAttempt[],
  { flakyTests }: FlakyTestsReactionOptions,
): Promise<Judged | null> {
  const pipeline = attempts[0]?.job.pipeline
  if (!pipeline || attempts.every(({ results }) => results.packed === null)) return null
  const others = await readOtherPipelines(read, { ...pipeline, id, sha }, attempts)
  const judged = await read.results.judge({
    attempts: [...attempts.map(packedOf), ...others],
    massFailure: flakyTests.massFailure,
    watched: await read.history.watched(pipeline.project),
  })
  const inRepository = (test: JudgedTest) => ({ ...test, file: test.file && repositoryPath(test.file, projectPath) })
  return { ...judged, failed: judged.failed.map(inRepository), flaky: judged.flaky.map(inRepository) }
}
