import type { Running } from '../../src/index.ts'
import { type Bots, type ShownDecision, useBots } from './bots.ts'
import type { MergeRequest } from './fake-gitlab/types.ts'
import { type Place, usePlace } from './place.ts'

/** Settings without waits, and without what would only be in the way. */
export const quiet = 'fail_fast: {enabled: false}\ndebounce: 0s\n'

export const code = { 'apples.rb': 'Apple.new' }

/** A place and the bot beside it, with what stories about labels, approvals and commands have in common. */
export function useBench() {
  const place = usePlace()
  const bots = useBots(place, () => ({ config: quiet }))
  return {
    here: () => place,
    start: bots.start,
    hookOf: bots.hookOf,
    /** The bot with a hook that leads to it. */
    run: (config = quiet): Promise<Running> => bots.run({ config }),
    settle: (milliseconds = 400) => new Promise((resolve) => setTimeout(resolve, milliseconds)),
    ...mergeRequestsOf(place),
    ...decisionsOf(bots),
  }
}

const mergeRequestsOf = (place: Place) => ({
  open: (labels: string[] = []): MergeRequest =>
    place.gitlab.addMergeRequest(place.project, {
      sourceBranch: 'ripe-apples',
      author: place.author,
      labels,
      changes: code,
    }),
  setLabels: (mergeRequest: MergeRequest, ...labels: string[]): void =>
    place.gitlab.setLabels(mergeRequest, labels, place.author),
  /** Calls that start a pipeline of a merge request. */
  starts: () => place.gitlab.calls('POST', /\/merge_requests\/\d+\/pipelines$/),
})

const decisionsOf = (bots: Bots) => ({
  decisions: ({ iid }: MergeRequest, reaction: string) => bots.decisions({ merge_request: iid }, reaction),
  /** The newest decision, once there are so many and all of them are done. */
  async decided({ iid }: MergeRequest, count = 1, reaction = 'label-actions'): Promise<ShownDecision> {
    const [newest] = await bots.decided({ merge_request: iid }, reaction, count)
    if (!newest) throw new Error('nothing was decided')
    return newest
  },
})
