import type { Chapter } from '../stage.ts'
import { eightJobs, failFastJob } from './jobs.ts'

const label = 'pipeline:skip-fail-fast'

export const skipLabel: Chapter = {
  title: 'The same again, but a label says that everything shall run',
  async tell(stage) {
    const { gitlab } = stage
    stage.say('Imke opens a merge request, and its pipeline starts nine jobs')
    const mergeRequest = stage.openMergeRequest('Count the pears')
    const pipeline = stage.startPipeline(mergeRequest, [failFastJob, ...eightJobs])
    await gitlab.settled()
    stage.say(`Imke sets the label ${label}, then rspec fail-fast fails`)
    gitlab.setLabels(mergeRequest, [label], stage.author)
    gitlab.finishJob(gitlab.job(pipeline, 'rspec fail-fast'), 'failed')
    await stage.decided('fail-fast', `the label ${label} is on the merge request`)
    for (const { name } of eightJobs) gitlab.finishJob(gitlab.job(pipeline, name))
    await stage.until('the pipeline ended', () => pipeline.status === 'failed')
    stage.check('all eight jobs ran to their end', pipeline.jobs.filter((job) => job.status === 'success').length === 8)
    stage.check('nobody cancelled anything', gitlab.calls('POST', pipelineCancel(pipeline.id)).length === 0)
    await stage.result(`the eight jobs of pipeline ${pipeline.id} ran to their end`)
  },
}

const pipelineCancel = (id: number) => new RegExp(`/pipelines/${id}/cancel$`)
