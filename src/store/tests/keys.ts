import { key } from '../../redis/keys.ts'

/** Everything that is remembered of the tests of a project lies in one slot, so that it changes together. */
export const testKeys = (project: number) => {
  const of = (...parts: string[]) => key(`p${project}`, 'tests', ...parts)
  return {
    /** Hash of packed records by id, and one of packed names. */
    states: of('states'),
    names: of('names'),
    /** Set of the ids of tests whose passes matter. */
    watched: of('watched'),
    /** Hash of runs by job. */
    runs: of('runs'),
    /** Hash of what came of retries, by signature. */
    help: of('help'),
    /** Counts changes, so that readers know whether what they have read is up to date. */
    version: of('version'),
    /** List of the ids of the tests that have changed last, newest first: one for each change that was counted. */
    changed: of('changed'),
    lock: of('lock'),
    /** There for a day after the last clean-up. */
    cleaned: of('cleaned'),
  }
}

/** A project of which nothing is heard for so long is forgotten. */
export const keptSeconds = 60 * 86_400
