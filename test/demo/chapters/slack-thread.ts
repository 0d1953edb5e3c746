import type { Chapter, Stage } from '../stage.ts'

const jobs = ['lint', 'rspec'].map((name) => ({ name, status: 'running' as const }))

/** The pipeline of a commit on the default branch; the jobs that are named fail. */
function runOnMain({ gitlab, project, author }: Stage, message: string, failing: string[]) {
  const { sha } = gitlab.push(project, { branch: 'main', changes: { 'basket.rb': message }, message, user: author })
  const pipeline = gitlab.addPipeline(project, { sha, jobs, user: author })
  for (const { name } of jobs)
    gitlab.finishJob(gitlab.job(pipeline, name), failing.includes(name) ? 'failed' : 'success')
  return pipeline
}

export const slackThread: Chapter = {
  title: 'The default branch breaks, breaks elsewhere and is mended: one message in Slack, one thread',
  async tell(stage) {
    const { slack, project } = stage
    const messages = () => slack.messages.filter(({ text }) => text.includes(project.path))
    const said = (what: string) => messages().some(({ text }) => text.includes(what))
    stage.say('Imke pushes to main, and rspec fails')
    runOnMain(stage, 'Count the plums', ['rspec'])
    await stage.until('#ci hears that main is red', () => said('is red: rspec'))
    stage.say('the next commit fails in lint as well')
    runOnMain(stage, 'Count them twice', ['rspec', 'lint'])
    await stage.until('the thread hears of it', () => said('other jobs fail now'))
    stage.say('one more commit fails in the same jobs: nobody needs to hear that')
    runOnMain(stage, 'Count them again', ['rspec', 'lint'])
    await stage.decided('slack', 'the same jobs fail as before')
    stage.say('a commit mends it')
    runOnMain(stage, 'Stop counting', [])
    await stage.until('#ci hears that main is green again', () => said('is green again'))
    await stage.until('the thread has both answers', () => messages().length === 3)
    const [card, ...replies] = messages()
    stage.check(
      'all of it is one thread',
      replies.every(({ threadTs }) => threadTs === card?.ts),
    )
    await stage.result(`#ci has one message, edited ${card?.edits.length} times: ${card?.text}`)
    for (const { text } of replies) await stage.result(`  ↳ ${text}`)
  },
}
