import { isMissing } from './errors.ts'
import type { Lists } from './lists.ts'
import { parseBridge } from './parse-ci.ts'
import type { Bridge } from './types.ts'

const hour = 3_600_000

/** Trigger jobs; `/bridges` is deprecated since 19.2, `/trigger_jobs` unknown before, which is remembered for an hour. */
export const createBridgeReader = (lists: Lists) => {
  let oldUntil = 0
  return async (project: number, pipeline: number): Promise<Bridge[]> => {
    const base = `projects/${project}/pipelines/${pipeline}`
    if (performance.now() < oldUntil) return lists.all(`${base}/bridges`, parseBridge(project))
    try {
      return await lists.all(`${base}/trigger_jobs`, parseBridge(project))
    } catch (error) {
      if (!isMissing(error)) throw error
    }
    const bridges = await lists.all(`${base}/bridges`, parseBridge(project))
    oldUntil = performance.now() + hour
    return bridges
  }
}
