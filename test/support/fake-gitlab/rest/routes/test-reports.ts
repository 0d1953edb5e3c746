import { testReportEntity, testReportSummaryEntity } from '../entities/test-report.ts'
import { findPipeline } from '../find.ts'
import { ok, projectRoute, type Route } from '../route.ts'

export const testReportRoutes: Route[] = [
  /**
   * A report that is not empty is answered from the cache for two minutes, even when a retry brought another one, as
   * long as the pipeline itself does not change.
   */
  projectRoute('GET', '/pipelines/:pipeline_id/test_report', { role: 'reporter' }, {}, (call) => {
    const { testReports, behaviour, now } = call.world
    const pipeline = findPipeline(call)
    const { status, finishedAt } = pipeline
    const state = `${status} ${finishedAt}`
    const known = testReports.get(pipeline.id)
    const isFresh = known?.state === state && now() - known.at < behaviour.testReportCache
    if (known && isFresh) return ok(known.body)
    const body = testReportEntity(pipeline)
    if (body.total_count > 0) testReports.set(pipeline.id, { at: now(), state, body })
    return ok(body)
  }),
  projectRoute('GET', '/pipelines/:pipeline_id/test_report_summary', { role: 'reporter' }, {}, (call) =>
    ok(testReportSummaryEntity(findPipeline(call))),
  ),
]
