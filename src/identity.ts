import { setTimeout as sleep } from 'node:timers/promises'
import type { Logger } from 'pino'
import { GitLabError } from './gitlab/errors.ts'
import type { GitLabReader } from './gitlab/faces.ts'
import type { User } from './gitlab/types.ts'

/** Who the bot is in GitLab, needed to tell its own notes and labels from those of people. */
export type Identity = {
  /** null as long as GitLab has not answered. */
  known(): User | null
  /** Whether GitLab, when it was asked last, said who the bot is: tokens expire and are revoked. */
  isAccepted(): boolean
  /** Asks GitLab if need be. */
  read(): Promise<User>
  /** Stops asking. */
  close(): void
}

/** Milliseconds between two questions, after an answer and after none. */
const defaultPauses = { answered: 30_000, unanswered: 5_000 }

/** Asks in the background, for ever, so that the start does not depend on GitLab, and a token that ends is noticed. */
export function createIdentity(
  gitlab: Pick<GitLabReader, 'currentUser'>,
  log: Logger,
  pauses = defaultPauses,
): Identity {
  let user: User | null = null
  let accepted = false
  const closed = new AbortController()

  async function ask(): Promise<User> {
    user = await gitlab.currentUser()
    const { id, username } = user
    if (!accepted) log.info({ id, username }, 'GitLab knows the bot')
    accepted = true
    return user
  }

  function notAnswered(error: unknown): void {
    // Being told to wait is no refusal: what is taken now is processed then.
    if (error instanceof GitLabError && error.kind === 'rate_limited') return
    accepted = false
    log.warn({ error: (error as Error).message }, 'GitLab does not say who the bot is, asking again')
  }

  async function keepAsking(): Promise<void> {
    while (!closed.signal.aborted) {
      await ask().catch(notAnswered)
      const pause = accepted ? pauses.answered : pauses.unanswered
      await sleep(pause, undefined, { signal: closed.signal }).catch(() => {})
    }
  }

  void keepAsking()
  return {
    known: () => user,
    isAccepted: () => accepted,
    read: async () => user ?? (await ask()),
    close: () => closed.abort(),
  }
}
