import type { Pipeline } from '../../support/fake-gitlab/types.ts'
import { junit } from '../../support/junit.ts'
import type { Chapter } from '../stage.ts'

const runs = (name: string) => ({ name, stage: 'test', status: 'running' as const })
const report = (tests: { [name: string]: string }, suite: string) => ({ 'reports/junit.xml': junit(tests, suite) })

export const flakyTest: Chapter = {
  title: 'One test is flaky, another one really fails: the note tells them apart',
  async tell(stage) {
    const { gitlab } = stage
    const fail = (pipeline: Pipeline, name: string, artifacts: { [path: string]: string }) =>
      gitlab.finishJob(gitlab.job(pipeline, name), 'failed', { artifacts })
    const pass = (pipeline: Pipeline, name: string, artifacts: { [path: string]: string }) =>
      gitlab.finishJob(gitlab.job(pipeline, name), 'success', { artifacts })
    const shaky = report({ 'weighs apples': 'Timeout::Error after 5 s', 'sums up': 'passed' }, 'Scale')
    const steady = report({ 'weighs apples': 'passed', 'sums up': 'passed' }, 'Scale')
    stage.say('in an older merge request, a test of rspec failed, and passed when Imke retried the job')
    const older = gitlab.addMergeRequest(stage.project, { sourceBranch: 'old-scales', author: stage.author })
    const before = gitlab.addPipeline(stage.project, { mergeRequest: older, jobs: [runs('rspec')], user: stage.author })
    fail(before, 'rspec', shaky)
    await stage.until('the failure is in a note', () => older.notes.length > 0)
    gitlab.retryJob(gitlab.job(before, 'rspec'), stage.author)
    pass(before, 'rspec', steady)
    await stage.decided('flaky-tests', '1 flaky')
    await gitlab.settled()
    stage.say('now Imke opens another one: the same test fails again, and one of jest fails, too')
    const mergeRequest = stage.openMergeRequest('Weigh the pears')
    const pipeline = stage.startPipeline(mergeRequest, [runs('rspec'), runs('jest')])
    fail(pipeline, 'rspec', shaky)
    await stage.decided('flaky-tests', 'rspec gets another try')
    const attempts = () => pipeline.jobs.filter(({ name }) => name === 'rspec')
    await stage.until('rspec is tried again', () => attempts().length === 2)
    stage.say('the second attempt of rspec passes')
    pass(pipeline, 'rspec', steady)
    fail(pipeline, 'jest', report({ 'shows the price': 'expected 3 €, got 4 €', 'adds up': 'passed' }, 'Basket'))
    const note = () => mergeRequest.notes.at(-1)?.body ?? ''
    await stage.until(
      'the note tells both apart',
      () => /shows the price/.test(note()) && /1 flaky test known/.test(note()),
    )
    stage.check('rspec needed two attempts, and jest got no second one', pipeline.jobs.length === 3)
    await stage.result(`pipeline ${pipeline.id} failed for the one test that is really broken; the note on the page:`)
    stage.showNote(mergeRequest)
  },
}
