/** What is known of a pipeline, as far as conditions ask. */

import type { MergeRequest } from './gitlab/types.ts'
import type { VariablePatterns } from './variables.ts'

type RefKind = 'branch' | 'tag' | 'merge_request_head' | 'merged_result' | 'merge_train'

export type Traits = {
  /** `group/project` */
  projectPath: string
  /** How it came about (app/models/concerns/enums/ci/pipeline.rb). */
  source: string
  /** A branch, a tag or `refs/merge-requests/17/head`. */
  ref: string
  refKind: RefKind
  tag: boolean
  /** null: not known. */
  defaultBranch: string | null
  /** null: not known. */
  protectedRef: boolean | null
  /** null: there is none, or it could not be read; `refKind` tells which. */
  mergeRequest: {
    iid: number
    labels: string[]
    targetBranch: string
    sourceBranch: string
    fork: boolean
  } | null
  /** Whether a job of another pipeline of the same project started it. */
  child: boolean
  /** Of those it was started with that conditions ask about: the patterns that their values fit; null: not known. */
  variables: VariablePatterns | null
}

const MERGE_REQUEST_REF = /^refs\/merge-requests\/\d+\/(head|merge|train)$/

const KIND_OF_REF: Record<string, RefKind> = {
  head: 'merge_request_head',
  merge: 'merged_result',
  train: 'merge_train',
}

type PipelineRefs = Pick<Traits, 'source' | 'ref' | 'tag' | 'mergeRequest'>

const refKindOf = ({ source, ref, tag, mergeRequest }: PipelineRefs): RefKind => {
  const [, suffix] = MERGE_REQUEST_REF.exec(ref) ?? []
  const byRef = suffix === undefined ? undefined : KIND_OF_REF[suffix]
  if (byRef !== undefined) return byRef
  if (source === 'merge_request_event' && mergeRequest !== null) return 'merge_request_head'
  return tag ? 'tag' : 'branch'
}

/**
 * Adds what follows from the ref and the source.
 *
 * GitLab's pipeline events give the source branch as the ref of a merge request's pipeline; its API gives
 * `refs/merge-requests/17/head`, which is what we keep.
 */
export const traitsOf = (known: Omit<Traits, 'refKind' | 'child'>): Traits => {
  const refKind = refKindOf(known)
  const renamed = refKind === 'merge_request_head' && !MERGE_REQUEST_REF.test(known.ref)
  const ref = renamed && known.mergeRequest ? `refs/merge-requests/${known.mergeRequest.iid}/head` : known.ref
  return { ...known, ref, refKind, child: known.source === 'parent_pipeline' }
}

export const isOfMergeRequest = ({ refKind }: Traits): boolean => refKind !== 'branch' && refKind !== 'tag'

/** What conditions ask about a merge request; null: there is none. */
export const mergeRequestTraits = (mergeRequest: MergeRequest | null): Traits['mergeRequest'] =>
  mergeRequest && {
    iid: mergeRequest.iid,
    labels: mergeRequest.labels,
    sourceBranch: mergeRequest.sourceBranch,
    targetBranch: mergeRequest.targetBranch,
    fork: mergeRequest.sourceProject !== mergeRequest.targetProject,
  }

/** `a pipeline of merge request !17 from a fork`, for reasons. */
export const describeTraits = (traits: Traits): string => {
  const start = traits.child ? 'a child pipeline' : 'a pipeline'
  const mergeRequest = traits.mergeRequest ? `merge request !${traits.mergeRequest.iid}` : 'a merge request'
  switch (traits.refKind) {
    case 'branch':
      return `${start} of branch ${traits.ref}, source ${traits.source}`
    case 'tag':
      return `${start} of tag ${traits.ref}`
    case 'merge_request_head':
      return `${start} of ${mergeRequest}`
    case 'merged_result':
      return `${start} of the merged result of ${mergeRequest}`
    case 'merge_train':
      return `${start} of the merge train with ${mergeRequest}`
    default:
      return traits.refKind satisfies never
  }
}
