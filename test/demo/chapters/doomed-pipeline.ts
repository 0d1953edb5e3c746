import type { Chapter } from '../stage.ts'
import { eightJobs, failFastJob } from './jobs.ts'

export const doomedPipeline: Chapter = {
  title: 'The fail-fast job fails while eight jobs run: the pipeline is stopped, and a note says why',
  async tell(stage) {
    const { gitlab } = stage
    stage.say('Imke opens a merge request, and its pipeline starts nine jobs')
    const mergeRequest = stage.openMergeRequest('Count the apples')
    const pipeline = stage.startPipeline(mergeRequest, [failFastJob, ...eightJobs])
    await gitlab.settled()
    stage.say('rspec fail-fast fails')
    gitlab.finishJob(gitlab.job(pipeline, 'rspec fail-fast'), 'failed')
    await stage.until('the pipeline ends as failed', () => pipeline.status === 'failed')
    await stage.until('the merge request has a note', () => mergeRequest.notes.length > 0)
    await stage.performed('ensure_pipeline_failed')
    const stopped = pipeline.jobs.filter(({ status }) => status === 'canceled')
    stage.check('all eight jobs were stopped', stopped.length === eightJobs.length)
    await stage.result(
      `pipeline ${pipeline.id} ended as failed, ${stopped.length} jobs were stopped; the note on the page:`,
    )
    stage.showNote(mergeRequest)
  },
}
