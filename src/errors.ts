/** What a task's failure means for the task; thrown by readers, writers and `perform`, understood by the queue. */

/** Not a failure: look again after `delayMs`. Uses up no attempt. */
export class NotYetError extends Error {
  override readonly name = 'NotYetError'
  readonly delayMs: number
  constructor(because: string, delayMs: number) {
    super(because)
    this.delayMs = delayMs
  }
}

/** What the decision rests on changed before anything of it was done: it is forgotten, and decided anew. */
export class OutdatedError extends Error {
  override readonly name = 'OutdatedError'
}

/** GitLab refused something that everything after it depends on; asking again changes nothing. */
export class RefusedError extends Error {
  override readonly name = 'RefusedError'
}
