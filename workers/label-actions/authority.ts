import type { Step } from '../steps/facts.ts'
import { isPrivileged } from '../steps/plan.ts'
import type { Actor } from './facts.ts'

/** GitLab's access level of a Developer. */
const developer = 30

export const isDeveloper = (actor: Actor | null): boolean => (actor?.role ?? 0) >= developer

/** The steps that may be taken for a merge request from a fork, when nobody who asked is a Developer of this project. */
export const withoutPrivileged = (steps: readonly Step[]): Step[] => steps.filter((step) => !isPrivileged(step))
