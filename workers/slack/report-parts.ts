import type { Failing } from '../../src/incident.ts'
import { duration, plural } from '../../src/note/wording.ts'
import { limits } from '../../src/slack/message.ts'
import { slackCode, slackLines, slackLink, slackPlain, slackText } from '../../src/slack/text.ts'
import type { CommitFacts, FailedTests, PipelineFacts, SlackFacts } from './facts.ts'

/** Pieces of messages; all of them are mrkdwn in which text from outside is harmless. */

const jobsShown = 10
const testsShown = 5
const stagesShown = 3
const titleChars = 120

/** "`main` of `meadow/orchard`". */
export const where = ({ subject, event }: Pick<SlackFacts, 'subject' | 'event'>): string =>
  subject.kind === 'merge_request'
    ? `${subject.name} of ${slackCode(event.project.path)}`
    : `${subject.kind === 'tag' ? 'tag ' : ''}${slackCode(subject.name)} of ${slackCode(event.project.path)}`

/** For notifications, where nothing is formatted. */
export const wherePlain = ({ subject, event }: Pick<SlackFacts, 'subject' | 'event'>): string =>
  `${subject.name} of ${event.project.path}`

export const pipelineLink = ({ id, url }: Pick<PipelineFacts, 'id' | 'url'>, word = 'pipeline'): string =>
  slackLink(`${word} ${id}`, url)

export function commitText(commit: CommitFacts | null | undefined): string {
  if (!commit) return 'an unknown commit'
  return `${slackLink(commit.sha.slice(0, 8), commit.url)} ${slackText(commit.title, { maxChars: titleChars })}`.trim()
}

export const authorText = ({ author }: CommitFacts): string => slackText(author, { maxChars: 60 }) || 'unknown'

/** How pipelines come about, in words (app/models/concerns/enums/ci/pipeline.rb). */
const triggers: Readonly<Record<string, string>> = {
  push: 'push',
  schedule: 'schedule',
  web: 'by hand',
  api: 'API',
  trigger: 'trigger token',
  pipeline: 'another pipeline',
  parent_pipeline: 'its parent pipeline',
  merge_request_event: 'merge request',
  webide: 'web editor',
}

export const sourceText = (source: string): string =>
  Object.hasOwn(triggers, source) ? (triggers[source] ?? source) : slackCode(source)

function triggerText({ source, user }: PipelineFacts): string {
  const trigger = sourceText(source)
  return user ? `${trigger}, ${slackText(user.name, { maxChars: 60 })}` : trigger
}

export function aboutFields(facts: SlackFacts): string[] {
  const { pipeline, commit, mergeRequest } = facts
  return [
    `*Commit*\n${commitText(commit)}`,
    ...(commit ? [`*Author*\n${authorText(commit)}`] : []),
    ...(pipeline ? [`*Trigger*\n${triggerText(pipeline)}`] : []),
    ...(pipeline?.duration ? [`*Duration*\n${duration(pipeline.duration)}`] : []),
    ...(mergeRequest ? [`*Merge request*\n${mergeRequestText(mergeRequest)}`] : []),
  ]
}

const mergeRequestText = ({ iid, title, url }: NonNullable<SlackFacts['mergeRequest']>) =>
  `${slackLink(`!${iid}`, url)} ${slackText(title, { maxChars: titleChars })}`.trim()

/** "3 jobs in `test`, `deploy`". */
export function failingInShort(failing: readonly Failing[]): string {
  const stages = [...new Set(failing.map(({ stage }) => stage).filter(Boolean))]
  const inStages =
    stages.length > 0
      ? ` in ${stages
          .slice(0, stagesShown)
          .map((stage) => slackCode(stage, { maxChars: 40 }))
          .join(', ')}`
      : ''
  if (failing.every(({ kind }) => kind === 'pipeline')) return 'no job of it failed'
  return `${plural(failing.length, 'job')}${inStages}${stages.length > stagesShown ? ' and other stages' : ''}`
}

/** A section that lists what failed. */
export const failingSection = (title: string, failing: readonly Failing[]): string =>
  `*${title}*\n${slackLines(failing.map(failingLine), { maxLines: jobsShown, maxChars: limits.section - 60 })}`

function failingLine(failing: Failing): string {
  const { name, kind, stage, url, downstream } = failing
  if (kind === 'pipeline') return `• ${reasonText(failing) || 'GitLab gives no reason'}`
  const reason = reasonText(failing)
  const inStage = stage ? ` in ${slackCode(stage, { maxChars: 40 })}` : ''
  const link = downstream
    ? slackLink(`downstream pipeline ${downstream.id}`, downstream.url)
    : slackLink(linkLabel(kind), url)
  return `• ${slackCode(name)}${inStage}${reason ? `: ${reason}` : ''} (${link})`
}

const linkLabel = (kind: Failing['kind']) => (kind === 'status' ? 'status' : 'job')

/** GitLab's own words for reasons have underscores. */
const reasonText = ({ reason }: Failing) =>
  reason === null ? '' : slackText(/^\w+$/.test(reason) ? reason.replaceAll('_', ' ') : reason, { maxChars: 300 })

export function testsSection({ count, first }: FailedTests): string {
  const lines = first.slice(0, testsShown).map(({ name, message }) => {
    const text = slackText(message, { maxChars: 150 })
    return `• ${slackCode(name, { maxChars: 150 })}${text ? `: ${text}` : ''}`
  })
  const shown = slackLines(lines, { maxChars: limits.section - 100 })
  const more = count > lines.length ? `\n…and ${count - lines.length} more tests` : ''
  return `*Failing tests*\n${shown}${more}`
}

/** "rspec 1 and 3 more", for notifications. */
export function failingPlain(failing: readonly Failing[]): string {
  const [first] = failing
  if (!first || first.kind === 'pipeline') return 'no job of the pipeline failed'
  const more = failing.length > 1 ? ` and ${failing.length - 1} more` : ''
  return `${slackPlain(first.name, { maxChars: 80 })}${more}`
}

/** "`rspec 1`, `rspec 2` and 3 more". */
export function namesText(failing: readonly Failing[]): string {
  const shown = failing.slice(0, jobsShown).map(({ name }) => slackCode(name, { maxChars: 60 }))
  const hidden = failing.length - shown.length
  return `${shown.join(', ')}${hidden > 0 ? ` and ${hidden} more` : ''}`
}
