/** What has to be undone at the end, however the end comes; the newest first, each once. */
export function createCleanup() {
  const steps: (() => Promise<unknown>)[] = []
  let ending = false
  return {
    /**
     * Starts something that is undone at the end, also when the end comes while it is still being started.
     *
     * @throws Error when the end has come already
     */
    async keep<T>(start: () => Promise<T>, undo: (started: T) => Promise<unknown>): Promise<T> {
      if (ending) throw new Error('it is over')
      const starting = start()
      steps.push(() => starting.then(undo, () => undefined))
      return starting
    },
    async run(): Promise<void> {
      ending = true
      for (let step = steps.pop(); step; step = steps.pop()) await step()
    },
  }
}

export type Cleanup = ReturnType<typeof createCleanup>
