import type { GitLabReader } from './faces.ts'

/**
 * An answer may be as old as its question. Reactions that one event has woken ask together; who asks later may have been
 * woken by what has changed since.
 */
const togetherMs = 500

/**
 * Lets reactions that one event has woken share the answer to a question that both have just asked: it is asked once
 * while it is on its way, and nothing is kept afterwards.
 */
export function withSharedReads(gitlab: GitLabReader): GitLabReader {
  const share = createShared<Awaited<ReturnType<GitLabReader['pipelineJobs']>>>(togetherMs)
  return {
    ...gitlab,
    pipelineJobs: (project, pipeline, options = {}) =>
      share(`${project} ${pipeline} ${options.includeRetried ?? false}`, () =>
        gitlab.pipelineJobs(project, pipeline, options),
      ),
  }
}

/** One answer for all who ask for the same while it is being found, at most `withinMs` after the first of them. */
export function createShared<Answer>(withinMs = Number.POSITIVE_INFINITY) {
  const asked = new Map<string | number, { answer: Promise<Answer>; at: number }>()
  return (key: string | number, ask: () => Promise<Answer>): Promise<Answer> => {
    const known = asked.get(key)
    const now = performance.now()
    if (known && now - known.at <= withinMs) return known.answer
    const question = { answer: ask(), at: now }
    asked.set(key, question)
    const forget = () => void (asked.get(key) === question && asked.delete(key))
    question.answer.then(forget, forget)
    return question.answer
  }
}
