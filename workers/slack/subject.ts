import type { PipelineEvent } from '../../src/event.ts'

/** What a pipeline is about: pipelines of one subject are the same problem. */
export type Subject = {
  /** What it is remembered by. */
  key: string
  kind: 'merge_request' | 'branch' | 'tag'
  /** `!17`, or the name of the branch or tag. */
  name: string
}

type About = Pick<PipelineEvent, 'mergeRequest' | 'ref' | 'tag' | 'source'>

/**
 * All pipelines of a merge request are of one subject. Child pipelines are one of their own, for their parent fails with
 * them or has them on purpose.
 */
export function subjectOf({ mergeRequest, ref, tag, source }: About): Subject {
  const suffix = source === 'parent_pipeline' ? '/child' : ''
  if (mergeRequest !== null)
    return { key: `!${mergeRequest}${suffix}`, kind: 'merge_request', name: `!${mergeRequest}` }
  const kind = tag ? 'tag' : 'branch'
  return { key: `${kind}/${ref}${suffix}`, kind, name: ref }
}
