import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    root: new URL('..', import.meta.url).pathname,
    include: ['test/**/*.test.ts'],
    testTimeout: 30_000,
    hookTimeout: 60_000,
    // Modules hold no state of their own, and loading them anew for each file took as long as a third of the tests.
    isolate: false,
    // Most of them wait for what they started, so there are more than the two cores of a small runner.
    maxWorkers: 4,
  },
})
