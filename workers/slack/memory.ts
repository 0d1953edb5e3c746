import type { Incident, Place } from '../../src/incident.ts'

/** What the reaction reads besides GitLab. */
export type SlackMemory = {
  /** What people were told of a subject, by destination. */
  incidents(project: number, subject: string): Promise<{ [destination: string]: Incident }>
  /** Incidents that are to be looked at by now. @param now in milliseconds since the epoch */
  due(now: number): Promise<{ place: Place; incident: Incident }[]>
  /** @returns the Slack id of a person; null when Slack knows nobody by this address */
  person(email: string): Promise<string | null>
}

/** Nothing was told and nobody is known: for a look at what would be done. */
export const emptyMemory: SlackMemory = {
  incidents: async () => ({}),
  due: async () => [],
  person: async () => null,
}
