import type { Chapter } from '../stage.ts'

const labels = ['pipeline:run-all-rspec', 'pipeline:run-all-jest']

export const labelsAndApproval: Chapter = {
  title: 'Two labels set together start one pipeline, and an approval starts one more',
  async tell(stage) {
    const { gitlab, project } = stage
    const reviewer = gitlab.addUser({ username: 'lotte', name: 'Lotte' })
    stage.say('Imke opens a merge request')
    const mergeRequest = gitlab.addMergeRequest(project, {
      sourceBranch: 'ripe-quinces',
      title: 'Count the quinces',
      author: stage.author,
      changes: { 'quinces.rb': 'Quince.count' },
    })
    await gitlab.settled()
    for (const [index, label] of labels.entries()) {
      stage.say(`Imke sets the label ${label}`)
      gitlab.setLabels(mergeRequest, labels.slice(0, index + 1), stage.author)
    }
    await stage.until('a pipeline was started', () => starts().length === 1)
    await stage.performed('run_pipeline')
    for (const job of project.pipelines.flatMap((pipeline) => pipeline.jobs)) gitlab.finishJob(job)
    stage.say('Lotte approves the merge request')
    gitlab.approve(mergeRequest, reviewer)
    await stage.until('one more pipeline was started', () => starts().length === 2)
    await stage.decided('label-actions', 'is fully approved')
    await stage.performed('update_labels')
    stage.check('there are two pipelines', project.pipelines.length === 2)
    const names = mergeRequest.labels.map(({ name }) => name).join(', ')
    await stage.result(`three labels (${names}), two pipelines: ${project.pipelines.map(({ id }) => id).join(' and ')}`)

    function starts() {
      return gitlab.calls('POST', new RegExp(`/projects/${project.id}/merge_requests/\\d+/pipelines$`))
    }
  },
}
