import type { Step } from '../steps/facts.ts'
import type { Command } from './parse.ts'

/** Commands that do what a label can do, too. */
export function commandSteps(command: Command | null): Step[] {
  switch (command?.name) {
    case 'run':
      return [{ type: 'run_pipeline' }]
    case 'retry':
      return [{ type: 'retry_failed_jobs' }]
    case 'cancel':
      return [{ type: 'cancel_pipeline' }]
    default:
      return []
  }
}
