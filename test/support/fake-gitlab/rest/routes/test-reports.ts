import { testReportEntity, testReportSummaryEntity } from '../entities/test-report.ts'
import { findPipeline } from '../find.ts'
import { ok, projectRoute, type Route } from '../route.ts'

export const testReportRoutes: Route[] = [
  /** A report that is not empty is answered from the cache for two minutes, even when a retry brought another one. */
  projectRoute('GET', '/pipelines/:pipeline_id/test_report', { role: 'reporter' }, {}, (call) => {
    const { testReports, behaviour, now } = call.world
    const pipeline = findPipeline(call)
    const known = testReports.get(pipeline.id)
    if (known !== undefined && now() - known.at < behaviour.testReportCache) return ok(known.body)
    const body = testReportEntity(pipeline)
    if (body.total_count > 0) testReports.set(pipeline.id, { at: now(), body })
    return ok(body)
  }),
  projectRoute('GET', '/pipelines/:pipeline_id/test_report_summary', { role: 'reporter' }, {}, (call) =>
    ok(testReportSummaryEntity(findPipeline(call))),
  ),
]
