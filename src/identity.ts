import { setTimeout as sleep } from 'node:timers/promises'
import type { Logger } from 'pino'
import type { GitLabReader, User } from './gitlab/types.ts'

/** Who the bot is in GitLab, needed to tell its own notes and labels from those of people. */
export type Identity = {
  /** null as long as GitLab has not answered. */
  known(): User | null
  /** Asks GitLab if need be. */
  read(): Promise<User>
  /** Stops asking. */
  close(): void
}

const askAgainMs = 5_000

/** Asks in the background until GitLab answers, so that the start does not depend on it. */
export function createIdentity(gitlab: Pick<GitLabReader, 'currentUser'>, log: Logger): Identity {
  let user: User | null = null
  const closed = new AbortController()

  async function read(): Promise<User> {
    user ??= await gitlab.currentUser()
    return user
  }

  async function askUntilKnown() {
    while (!closed.signal.aborted) {
      try {
        const { id, username } = await read()
        log.info({ id, username }, 'GitLab knows the bot')
        return
      } catch (error) {
        log.warn({ error: (error as Error).message }, 'GitLab does not say who the bot is, asking again')
        await sleep(askAgainMs, undefined, { signal: closed.signal }).catch(() => {})
      }
    }
  }

  void askUntilKnown()
  return { known: () => user, read, close: () => closed.abort() }
}
