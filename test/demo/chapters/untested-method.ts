import type { MergeRequest, Pipeline } from '../../support/fake-gitlab/types.ts'
import type { Chapter, Stage } from '../stage.ts'

const label = 'pipeline:skip-undercoverage'
const statusName = 'pipewarden/undercoverage'
const file = 'lib/basket.rb'

const source = `class Basket
  def add(apple)
    apples << apple
  end

  def empty
    apples.clear
  end
end
`

/** Line 7 never ran. */
const report = `SF:${file}\nDA:1,1\nDA:2,1\nDA:3,4\nDA:6,1\nDA:7,0\nend_of_record\n`

export const untestedMethod: Chapter = {
  title: 'A merge request adds a method that no test runs: it does not pass, until a label says it may',
  async tell(stage) {
    const { gitlab, author } = stage
    const mergeRequest = openMergeRequest(stage)
    const pipeline = stage.startPipeline(mergeRequest, [{ name: 'rspec coverage', status: 'running' }])
    stage.say(`Imke opens !${mergeRequest.iid} with a new method, and pipeline ${pipeline.id} starts its coverage job`)
    await stage.until('a pending status holds the merge request', () => statusOf(pipeline) === 'pending')
    stage.say('the coverage job succeeds and leaves its report')
    gitlab.finishJob(gitlab.job(pipeline, 'rspec coverage'), 'success', { artifacts: { 'coverage/lcov.info': report } })
    await stage.until('the status fails', () => statusOf(pipeline) === 'failed')
    stage.check('the pipeline is red, although its only job is green', pipeline.status === 'failed')
    await stage.result(`pipeline ${pipeline.id} is red; the note on the page:`)
    stage.showNote(mergeRequest)
    stage.say(`Imke has her reasons, and sets the label ${label}`)
    gitlab.setLabels(mergeRequest, [label], author)
    await stage.until('the status passes', () => statusOf(pipeline) === 'success')
    await stage.result(`pipeline ${pipeline.id} is ${pipeline.status}; the note says who let it pass:`)
    stage.showNote(mergeRequest)
  },
}

const openMergeRequest = ({ gitlab, project, author }: Stage): MergeRequest =>
  gitlab.addMergeRequest(project, {
    sourceBranch: 'empty-basket',
    title: 'Empty the basket',
    author,
    changes: { [file]: source },
  })

const statusOf = ({ jobs }: Pipeline): string | undefined =>
  jobs.findLast(({ name, retried }) => name === statusName && !retried)?.status
