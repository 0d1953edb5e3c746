/** What the bot keeps in mind about a merge request or a person, beside its decisions. */

export type ApprovalState = 'partly' | 'fully'

/** Something to keep in mind, as data. */
export type Memory =
  /** The labels that were seen; a difference, so that two who remember at the same time lose nothing. */
  | { kind: 'labels'; mergeRequest: number; add: string[]; remove: string[] }
  /** An approval of this commit was answered. */
  | { kind: 'approval'; mergeRequest: number; sha: string; state: ApprovalState }
  /**
   * A person gave the bot a command in this note; refused once they gave `atMost` others since then. Times are in
   * milliseconds since the epoch.
   */
  | { kind: 'command'; user: number; note: number; at: number; since: number; atMost: number }

/** The reading side of it. */
export type MemoryReader = {
  /** The labels that the bot saw last; null: it saw none of this merge request yet, or 90 days ago. */
  labels(project: number, mergeRequest: number): Promise<string[] | null>
  /** The highest approval of this commit that was answered. */
  approval(project: number, mergeRequest: number, sha: string): Promise<ApprovalState | null>
  /** How many commands a person gave since then, in all projects. */
  commands(user: number, since: number): Promise<number>
}

/** For looking without Redis: nothing was ever seen. */
export const noMemory: MemoryReader = {
  labels: async () => null,
  approval: async () => null,
  commands: async () => 0,
}
