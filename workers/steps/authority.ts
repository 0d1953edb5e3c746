import type { Step } from './facts.ts'

/** GitLab's access level of a Developer. */
const developer = 30

export const isDeveloper = (actor: { role: number | null } | null): boolean => (actor?.role ?? 0) >= developer

/** What was pushed to a fork a moment after somebody asked has been seen by nobody who may vouch for it. */
export const isAboutHead = (head: string | null, asked: { sha: string | null }): boolean =>
  asked.sha === null || asked.sha === head

/** What costs money or uses the project's secrets: not for everybody who may touch a fork's merge request. */
export const isPrivileged = ({ type }: Step): boolean =>
  type === 'run_pipeline' || type === 'retry_failed_jobs' || type === 'play_job' || type === 'trigger'

/** The steps that may be taken for a merge request from a fork, when nobody who asked is a Developer of this project. */
export const withoutPrivileged = (steps: readonly Step[]): Step[] => steps.filter((step) => !isPrivileged(step))
