import type { Chapter } from '../stage.ts'
import { eightJobs } from './jobs.ts'

const unlucky = 'rspec 3/8'

export const lostRunner: Chapter = {
  title: 'A runner dies: its job is tried once more, and the pipeline goes green',
  async tell(stage) {
    const { gitlab } = stage
    stage.say('Imke opens a merge request, and its pipeline starts eight jobs')
    const mergeRequest = stage.openMergeRequest('Count the plums')
    const pipeline = stage.startPipeline(mergeRequest, eightJobs)
    await gitlab.settled()
    stage.say(`the runner of ${unlucky} dies`)
    gitlab.finishJob(gitlab.job(pipeline, unlucky), 'failed', { failureReason: 'runner_system_failure' })
    const attempts = () => pipeline.jobs.filter(({ name }) => name === unlucky)
    await stage.until('the job is tried again', () => attempts().length === 2)
    await stage.performed('retry_job')
    stage.say('the second attempt and all other jobs succeed')
    for (const { name } of eightJobs) gitlab.finishJob(gitlab.job(pipeline, name))
    await stage.until('the pipeline ends as success', () => pipeline.status === 'success')
    stage.check('there were two attempts', attempts().length === 2)
    await stage.result(`pipeline ${pipeline.id} is green; ${unlucky} needed ${attempts().length} attempts`)
  },
}
