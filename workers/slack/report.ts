import type { Failing, Hearing, Incident } from '../../src/incident.ts'
import { duration, plural } from '../../src/note/wording.ts'
import { buttons, context, fields, type SlackBlock, type SlackMessage, section } from '../../src/slack/message.ts'
import { slackDate, slackPlain } from '../../src/slack/text.ts'
import type { SlackFacts } from './facts.ts'
import { mentions } from './mentions.ts'
import {
  aboutFields,
  authorText,
  commitText,
  failingInShort,
  failingPlain,
  failingSection,
  namesText,
  pipelineLink,
  sourceText,
  testsSection,
  where,
  wherePlain,
} from './report-parts.ts'
import { subjectOf } from './subject.ts'
import type { Transition } from './transition.ts'

type Red = { failing: readonly Failing[]; since: number; hearing: Hearing }

/** The message of an incident, also after another set of jobs failed; mentions notify people only here, for an edit notifies nobody. */
export const redCard = (facts: SlackFacts, red: Red): SlackMessage =>
  message(facts, `is red: ${failingPlain(red.failing)}`, redBlocks(facts, red))

function redBlocks(facts: SlackFacts, { failing, since, hearing }: Red): SlackBlock[] {
  const { pipeline, tests } = facts
  const people = mentions(hearing.mention, facts.author ?? null)
  return [
    section(`🔴 *${where(facts)} is red*\n${failedIn(facts)}: ${failingInShort(failing)}${people && `\n${people}`}`),
    fields(aboutFields(facts)),
    section(failingSection(failing.every(({ kind }) => kind === 'pipeline') ? 'Reason' : 'Failed jobs', failing)),
    ...(tests ? [section(testsSection(tests))] : []),
    ...buttons(pages(facts)),
    context(`Red since ${slackDate(since)}${pipeline ? `, last seen in ${pipelineLink(pipeline)}` : ''}`),
  ]
}

const failedIn = ({ pipeline }: SlackFacts) => (pipeline ? `${pipelineLink(pipeline, 'Pipeline')} failed` : 'It failed')

function pages({ pipeline, mergeRequest, failing = [] }: SlackFacts) {
  const [first] = failing.filter(({ kind }) => kind === 'job')
  return [
    ...(pipeline ? [{ label: 'Open pipeline', url: pipeline.url }] : []),
    ...(first ? [{ label: 'First failed job', url: first.url }] : []),
    ...(mergeRequest ? [{ label: 'Merge request', url: mergeRequest.url }] : []),
  ]
}

/** What fails now and did not before, and what does not fail any more. */
export function changedReply(facts: SlackFacts, { added, mended, failing }: Transition): SlackMessage {
  const { pipeline, commit } = facts
  const still = failing.filter((one) => !added.includes(one))
  const blocks = [
    section(
      `⚠️ *Other jobs fail now*\n${pipeline ? pipelineLink(pipeline, 'Pipeline') : 'A pipeline'} of ${commitText(commit)}`,
    ),
    ...(added.length > 0 ? [section(failingSection('Failing now', added))] : []),
    ...(mended.length > 0 ? [section(`*Not failing any more*\n${namesText(mended)}`)] : []),
    ...(still.length > 0 ? [section(`*Still failing*\n${namesText(still)}`)] : []),
  ]
  return { text: `${slackPlain(wherePlain(facts))}: other jobs fail now`, blocks }
}

export function recoveredCard(facts: SlackFacts, known: Incident): SlackMessage {
  const { pipeline } = facts
  const blocks = [
    section(`🟢 *${where(facts)} is green again*\nRed for ${redFor(facts, known)}, mended in ${pipelineOf(facts)}`),
    fields(aboutFields(facts)),
    section(`*Had failed*\n${namesText(known.failing)}`),
    ...buttons(pipeline ? [{ label: 'Open pipeline', url: pipeline.url }] : []),
    context(`Red from ${slackDate(known.since)} to ${slackDate(pipeline?.endedAt ?? facts.now)}`),
  ]
  return message(facts, `is green again after ${redFor(facts, known)}`, blocks)
}

export function recoveredReply(facts: SlackFacts, known: Incident): SlackMessage {
  const author = facts.commit ? ` by ${authorText(facts.commit)}` : ''
  const text = `✅ *Green again* after ${redFor(facts, known)}\nMended by ${commitText(facts.commit)}${author} (${pipelineOf(facts)})`
  return {
    text: `${slackPlain(wherePlain(facts))} is green again after ${redFor(facts, known)}`,
    blocks: [section(text)],
  }
}

export const passedCard = (facts: SlackFacts): SlackMessage => {
  const { pipeline } = facts
  const took = pipeline?.duration ? ` in ${duration(pipeline.duration)}` : ''
  return message(facts, 'passed', [
    section(`✅ *${where(facts)} passed*\n${pipelineOf(facts)} of ${commitText(facts.commit)} succeeded${took}`),
  ])
}

/** The schedule that was missed has run. @param known since when it had not */
export function ranCard(facts: SlackFacts, known: Incident): SlackMessage {
  const missed = duration((facts.now - known.since) / 1000)
  return message(facts, 'runs again', [
    section(`🟢 *Pipelines of ${where(facts)} run again*\nNone had run for ${missed}; now ${ranAs(facts)}`),
  ])
}

export const ranReply = (facts: SlackFacts): SlackMessage =>
  message(facts, 'runs again', [section(`✅ *It has run again*: ${ranAs(facts)}`)])

const ranAs = (facts: SlackFacts) => `${pipelineOf(facts)} ended as ${facts.pipeline?.status ?? 'unknown'}`

const pipelineOf = ({ pipeline }: SlackFacts) => (pipeline ? pipelineLink(pipeline) : 'a pipeline')

const redFor = ({ pipeline, now }: SlackFacts, { since }: Incident) =>
  duration(Math.max(0, (pipeline?.endedAt ?? now) - since) / 1000)

const message = (facts: SlackFacts, what: string, blocks: SlackBlock[]): SlackMessage => ({
  text: `${slackPlain(wherePlain(facts))} ${what}`,
  blocks,
})

const aboutIncident = ({ event }: Incident) => ({ event, subject: subjectOf(event) })

/** Still red after a while. */
export function reminder(known: Incident, now: number): SlackMessage {
  const red = duration((now - known.since) / 1000)
  const people = mentions(known.hearing.mention, null)
  return {
    text: `${slackPlain(wherePlain(aboutIncident(known)))} is still red after ${red}`,
    blocks: [
      section(`⏰ *Still red after ${red}*: ${plural(known.failing.length, 'job')}${people && `\n${people}`}`),
      section(failingSection('Failing', known.failing)),
    ],
  }
}

/** Nobody can mend it any more. @param because what became of the branch or the merge request */
export function closedCard(known: Incident, because: string): SlackMessage {
  const about = aboutIncident(known)
  return {
    text: `${slackPlain(wherePlain(about))} was red to the end`,
    blocks: [
      section(`⚪ *${where(about)} was red to the end*\n${because}`),
      section(failingSection('Had failed', known.failing)),
      context(`Red since ${slackDate(known.since)}`),
    ],
  }
}

/** A schedule that did not run. @param every how often it was expected, in milliseconds */
export function missedCard(known: Incident, every: number, now: number): SlackMessage {
  const about = aboutIncident(known)
  const missed = duration((now - known.since) / 1000)
  return {
    text: `${slackPlain(wherePlain(about))}: no pipeline for ${missed}`,
    blocks: [
      section(
        `⏰ *No pipeline of ${where(about)} has run for ${missed}*\nOne is expected every ${duration(every / 1000)}, started by: ${sourceText(about.event.source)}`,
      ),
      context(`The last one ran ${slackDate(known.since)}`),
    ],
  }
}
