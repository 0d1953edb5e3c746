import type { FlakyTestsOptions } from '../../../config/schema.ts'
import type { Hysteresis } from './types.ts'

export const hysteresisOf = ({ window, recoversAfter }: FlakyTestsOptions): Hysteresis => ({
  window,
  passes: recoversAfter.passes,
  quiet: recoversAfter.or,
})
