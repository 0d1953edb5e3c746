import type { Incident } from '../../src/incident.ts'

/** What the reaction reads besides GitLab. */
export type SlackMemory = {
  /** What people were told of a subject, by destination. */
  incidents(project: number, subject: string): Promise<{ [destination: string]: Incident }>
  /** @returns the Slack id of a person; null when Slack knows nobody by this address */
  person(email: string): Promise<string | null>
}

/** Nothing was told and nobody is known: for a look at what would be done. */
export const emptyMemory: SlackMemory = { incidents: async () => ({}), person: async () => null }
