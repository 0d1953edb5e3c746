import { asId } from './json.ts'

/** Job events carry no merge request: its iid is in the pipeline's own ref, `refs/merge-requests/17/head`, `/merge` or `/train`. */
export const mergeRequestOfRef = (ref: string): number | null =>
  asId(/^refs\/merge-requests\/(\d+)\//.exec(ref)?.[1] ?? null)
