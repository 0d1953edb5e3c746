import type { GitLabReader } from './faces.ts'

/**
 * Lets reactions that one event has woken share the answer to a question that both have just asked: it is asked once
 * while it is on its way, and nothing is kept afterwards.
 */
export function withSharedReads(gitlab: GitLabReader): GitLabReader {
  const share = createShared<Awaited<ReturnType<GitLabReader['pipelineJobs']>>>()
  return {
    ...gitlab,
    pipelineJobs: (project, pipeline, options = {}) =>
      share(`${project} ${pipeline} ${options.includeRetried ?? false}`, () =>
        gitlab.pipelineJobs(project, pipeline, options),
      ),
  }
}

/** One answer for all who ask for the same while it is being found. */
export function createShared<Answer>() {
  const asked = new Map<string | number, Promise<Answer>>()
  return (key: string | number, ask: () => Promise<Answer>): Promise<Answer> => {
    const known = asked.get(key)
    if (known) return known
    const answer = ask().finally(() => asked.delete(key))
    asked.set(key, answer)
    return answer
  }
}
