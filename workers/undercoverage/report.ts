import type { NoteSection } from '../../src/action.ts'
import { details } from '../../src/note/details.ts'
import { inertCode, inertCodeLink, inertLink, inertText } from '../../src/note/inert.ts'
import { bulletList, plural, sentenceList } from '../../src/note/wording.ts'
import type { UndercoverageFacts } from './facts.ts'
import type { Findings } from './findings.ts'
import { percentText } from './judge/words.ts'
import { fileUrl, findingsTable, lineLinks, type Place } from './report-table.ts'

const reaction = 'undercoverage'

/** The part of the note that says what no test runs, or why nobody can tell. */
export function section(facts: UndercoverageFacts, findings: Findings): NoteSection {
  const place = placeOf(facts)
  const parts = [
    headline(facts, findings),
    counts(findings),
    findingsTable(findings, place),
    missing(findings, place),
    excluded(findings, place),
    whatToDo(facts, findings),
    warnings(findings),
    seen(facts, findings),
  ]
  return { reaction, verdict: verdictOf(facts, findings), markdown: parts.filter(Boolean).join('\n\n') }
}

/** Takes the place of findings once a label says that they do not matter. */
export function sparedSection({ name, by }: { name: string; by: string | null }): NoteSection {
  const who = by === null ? '' : `, set by ${inertCode(by)}`
  return { reaction, verdict: 'good', markdown: `Coverage is not judged: skipped by label ${inertCode(name)}${who}.` }
}

function verdictOf({ options }: UndercoverageFacts, findings: Findings): NoteSection['verdict'] {
  if (findings.verdict !== 'pass') return options.undercoverage.blocking ? 'bad' : 'neutral'
  return findings.excludedByThisChange.length > 0 || findings.missing.length > 0 ? 'neutral' : 'good'
}

/** Where the files can be read as they were judged. */
function placeOf({ mergeRequest, pipeline }: UndercoverageFacts): Place {
  const project = mergeRequest?.url.split('/-/merge_requests/')[0] ?? ''
  return { project, sha: pipeline?.sha ?? '' }
}

function headline({ pipeline }: UndercoverageFacts, { verdict, because }: Findings): string {
  const link = pipeline ? ` in ${inertLink(`pipeline ${pipeline.id}`, pipeline.url)}` : ''
  const reason = inertText(because)
  switch (verdict) {
    case 'pass':
      return `The tests cover this change${link}: ${reason}.`
    case 'fail':
      return `No test runs a part of this change${link}: ${reason}.`
    case 'error':
    case 'stale':
      return `The coverage of this change cannot be judged${link}: ${reason}.`
    default:
      return verdict satisfies never
  }
}

function counts({ totals, verdict }: Findings): string {
  if (verdict === 'error' || totals.changed === 0) return ''
  const { changed, measured, covered, uncovered, partial } = totals
  const share = measured > 0 ? ` \\(${percentText(covered, measured).replace('%', '\\%')}\\)` : ''
  const partly = partial > 0 ? `, ${partial} of them without a branch` : ''
  return `${plural(changed, 'changed line')}, ${measured} measured: ${covered} covered${share}${partly}, ${uncovered} not covered.`
}

function missing({ missing: files, missingLeftOut }: Findings, place: Place): string {
  if (files.length === 0) return ''
  const lines = files.map(({ path, because }) => `${inertCodeLink(path, fileUrl(path, place))}: ${inertText(because)}`)
  const more = missingLeftOut > 0 ? [`and ${missingLeftOut} more`] : []
  return `Changed files that are in no report:\n\n${bulletList([...lines, ...more], lines.length + 1)}`
}

function excluded({ excludedByThisChange: files }: Findings, place: Place): string {
  if (files.length === 0) return ''
  const lines = files.map(({ path, lines }) => `${inertCode(path)}: line ${lineLinks(path, lines, place)}`)
  return `Taken out of the measure by markers that this change adds:\n\n${bulletList(lines, 20)}`
}

function whatToDo({ options }: UndercoverageFacts, { verdict, fix }: Findings): string {
  if (verdict === 'pass') return ''
  const [label] = options.undercoverage.skipLabels
  const way = label ? `To merge without it, set the label ${inertCode(label)}.` : ''
  const passed = options.undercoverage.onError === 'pass' ? 'This does not hold the merge request.' : ''
  const about = verdict === 'fail' ? [fix, way] : [fix, passed || way]
  return about
    .map((text, index) => (index === 0 && text ? inertText(text) : text))
    .filter(Boolean)
    .join(' ')
}

function warnings({ warnings: texts }: Findings): string {
  const lines = texts.map((text) => inertText(text)).filter(Boolean)
  return lines.length === 0 ? '' : details(plural(lines.length, 'warning'), bulletList(lines, 20))
}

function seen(
  { pipeline, options }: UndercoverageFacts,
  { reasons, reports, excused, filesLeftOut }: Findings,
): string {
  const jobs = (pipeline?.jobs ?? []).map(({ name, url, status }) => `${inertCodeLink(name, url)} \\(${status}\\)`)
  const broken = reports.filter(({ problem }) => problem !== null)
  const lines = [
    `jobs: ${sentenceList(jobs, 10) || 'none'}`,
    `reports: ${
      sentenceList(
        reports.map(({ name }) => inertCode(name)),
        10,
      ) || 'none'
    }`,
    ...broken.map(({ name, problem }) => `${inertCode(name)}: ${inertText(problem ?? '')}`),
    ...reasons.slice(1).map((reason) => inertText(reason)),
    ...(excused > 0 ? [`${plural(excused, 'changed file')} in no report and excused`] : []),
    ...(filesLeftOut > 0 ? [`${plural(filesLeftOut, 'more file')} with findings`] : []),
    `the status is ${inertCode(options.undercoverage.status)} of this pipeline`,
  ]
  return details('What was seen and decided', bulletList(lines.filter(Boolean), 40))
}
