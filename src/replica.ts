import { NotYetError } from './errors.ts'

/** Milliseconds. GitLab reads from replicas: what an event told of, or what was just written, may not be visible for a while. */
export const replicaLagMs = 30_000
const lookAgainMs = 2_000

/** @throws NotYetError while the event is so young that GitLab may soon show what it told of */
export function awaitReplica(at: number, now: number, because: string): void {
  if (now - at < replicaLagMs) throw new NotYetError(because, lookAgainMs)
}
