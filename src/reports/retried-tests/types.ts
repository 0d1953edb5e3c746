/** A test that one of the project's own reports lists as retried: flaky by the project's word. */
export type RetriedTest = {
  /** RSpec's example id, as in `./spec/a_spec.rb[1:2]`; null where the report has only a description. */
  id: string | null
  /** Without a leading `./`. */
  file: string | null
  description: string | null
  /** How often the report has counted it; null when it does not count. */
  reports: number | null
  /** Attempts that it took last; null when not told. */
  attempts: number | null
  /** The job that retried it last. */
  jobUrl: string | null
}

/** Neither a report that is empty nor one that holds nothing is a problem: nothing was retried. */
export type RetriedReport = { tests: RetriedTest[]; problem: 'unparseable' | 'too_large' | null }
