import { NotYetError } from '../../src/errors.ts'
import { GitLabError } from '../../src/gitlab/errors.ts'
import type { Job, MergeRequest, PipelineBasic } from '../../src/gitlab/types.ts'
import { type Matcher, nameMatcher } from '../../src/match.ts'
import type { Readers } from '../../src/readers.ts'
import { replicaLagMs } from '../../src/replica.ts'
import { isCompleted } from '../../src/status.ts'
import { asks, rootOf, type UndercoverageEvent } from './events.ts'
import type { UndercoverageFacts } from './facts.ts'
import { judgePipeline } from './judge-pipeline.ts'
import type { GatherOptions } from './options.ts'
import { type Asked, awaitChildren, awaitQuiet, awaitRetry, withoutDiff } from './patience.ts'
import { readLabel } from './read-label.ts'
import { factsOfPipeline, type PipelineTree, readPipeline } from './read-pipeline.ts'
import { isGone, readRemembered } from './read-remembered.ts'
import { readCurrent, readOver } from './read-standing.ts'
import { stageOf, switchedOff } from './rules.ts'

/** Reads from cheap to dear and stops as soon as it is clear what follows. */
export async function gather(
  event: UndercoverageEvent,
  read: Readers,
  batch: readonly UndercoverageEvent[],
  options: GatherOptions,
): Promise<UndercoverageFacts> {
  const asked = { event, batch, read, options }
  const base = {
    options: { undercoverage: options.undercoverage, retry: options.retry },
    project: event.project.id,
    path: event.project.path,
    isSwept: asks(batch, 'sweep'),
    isForced: asks(batch, 'recheck'),
  }
  const nothing = await nothingToLookAt(asked)
  if (nothing !== null) return { ...base, nothing }
  const found = base.isSwept ? await findSwept(asked) : await findPipeline(asked)
  if ('nothing' in found) return { ...base, ...found }
  const facts = await readStanding(asked, base, found)
  return base.isSwept ? { ...facts, remembered: await readRemembered(whereOf(event), found.tree.root, read) } : facts
}

const whereOf = (event: UndercoverageEvent) => ({
  project: event.project.id,
  pipeline: event.kind === 'merge_request' ? 0 : event.pipeline,
})

/** A sweep may look after a pipeline that was deleted since. */
async function findSwept(asked: Asked): ReturnType<typeof findPipeline> {
  const where = whereOf(asked.event)
  try {
    return await findPipeline(asked)
  } catch (error) {
    const isLost = error instanceof GitLabError && error.kind === 'not_found' && (await isGone(where, asked.read))
    if (!isLost) throw error
    return {
      nothing: 'GitLab has the pipeline no more',
      remembered: await readRemembered(where, null, asked.read),
    }
  }
}

/** What Redis remembers spares most calls: a job that starts or fails matters to few pipelines. */
async function nothingToLookAt({ event, batch, read, options }: Asked): Promise<string | null> {
  // Other reactions do not ask whether it is switched on; a sweep looks after what still waits from before.
  if (!options.undercoverage.enabled && !asks(batch, 'sweep')) return switchedOff
  const isCoverage = nameMatcher(options.undercoverage.jobs)
  const starts = batch.every((one) => !one.asked && (one.kind === 'job' ? one.status === 'pending' : isStarting(one)))
  const others = batch.every((one) => one.kind === 'job' && !isCoverage(one.name))
  if (!starts && !others) return null
  const roots = new Set(batch.flatMap((event) => (event.kind === 'merge_request' ? [] : rootOf(event))))
  const name = options.undercoverage.status
  const waits = [...roots].map((pipeline) => read.waiting.has({ project: event.project.id, pipeline, name }))
  const waiting = (await Promise.all(waits)).includes(true)
  if (starts && waiting) return 'its status waits already'
  return others && !waiting ? 'no status of the pipeline waits' : null
}

const isStarting = (event: UndercoverageEvent): boolean =>
  event.kind === 'pipeline' && !isCompleted(event.status) && event.status !== 'manual'

type Nothing = Pick<UndercoverageFacts, 'remembered'> & { nothing: string }
type Found = { tree: PipelineTree; mergeRequest: MergeRequest; isCoverage: Matcher }

/** The merge request, and its pipeline that the event is about: for a child, the one that started it. */
async function findPipeline({ event, read, options }: Asked): Promise<Found | Nothing> {
  const { gitlab } = read
  const { id: project } = event.project
  if (event.mergeRequest === null) return { nothing: 'it is no pipeline of a merge request' }
  const isCoverage = nameMatcher(options.undercoverage.jobs)
  if (event.kind === 'merge_request') {
    const mergeRequest = await gitlab.mergeRequest(project, event.mergeRequest)
    return ofHead(project, mergeRequest, isCoverage, read)
  }
  const tree = await readPipeline(project, rootOf(event), gitlab, isCoverage)
  if (tree.jobs.length === 0 && read.now() - event.at < 10_000) {
    throw new NotYetError('GitLab does not show the jobs of the pipeline yet', 2_000)
  }
  const against = countsNot(tree, isCoverage, event.asked === 'sweep')
  if (against) return { nothing: against }
  const mergeRequest = await readMergeRequest(project, event.mergeRequest, event.at, read)
  if (!mergeRequest) return { nothing: 'the merge request is not one of this project' }
  return tree.root.source === 'parent_pipeline'
    ? ofHead(project, mergeRequest, isCoverage, read)
    : { tree, mergeRequest, isCoverage }
}

/** @returns null for a job that a fork runs: its ref names the merge request of another project */
async function readMergeRequest(project: number, iid: number, since: number, { gitlab, now }: Readers) {
  try {
    return await gitlab.mergeRequest(project, iid)
  } catch (error) {
    // Until then it may be a new one that does not show yet.
    const isForeign = error instanceof GitLabError && error.kind === 'not_found' && now() - since > replicaLagMs
    if (isForeign) return null
    throw error
  }
}

function countsNot({ root, jobs }: PipelineTree, isCoverage: Matcher, isSwept: boolean): string | null {
  if (root.ref.endsWith('/train')) return 'a merge train tests what was judged before'
  if (!isSwept && !jobs.some(({ name }) => isCoverage(name))) return 'no job of the pipeline matches'
  return null
}

async function ofHead(
  project: number,
  mergeRequest: MergeRequest,
  isCoverage: Matcher,
  { gitlab }: Readers,
): Promise<Found | { nothing: string }> {
  const head = mergeRequest.headPipeline
  if (!head || head.project !== project || !isOwn(head)) return { nothing: 'the merge request has no pipeline here' }
  return { tree: await readPipeline(project, head.id, gitlab, isCoverage), mergeRequest, isCoverage }
}

const isOwn = ({ ref }: PipelineBasic): boolean => /^refs\/merge-requests\/\d+\/(?:head|merge)$/.test(ref)

type Base = Omit<UndercoverageFacts, 'pipeline'>

async function readStanding(asked: Asked, base: Base, found: Found): Promise<UndercoverageFacts> {
  const { read, options } = asked
  const { tree, mergeRequest, isCoverage } = found
  const over = await readOver(tree.root, mergeRequest, read.gitlab)
  const facts: UndercoverageFacts = {
    ...base,
    pipeline: factsOfPipeline(tree, isCoverage, read.now()),
    mergeRequest: {
      iid: mergeRequest.iid,
      url: mergeRequest.url,
      state: mergeRequest.state,
      labels: mergeRequest.labels,
      headPipeline: mergeRequest.headPipeline?.id ?? null,
      hasNotes: mergeRequest.userNotesCount > 0,
    },
    current: await readCurrent(tree.root, options.undercoverage.status, read.gitlab),
    over: over.because,
    label:
      over.because === null ? await readLabel(mergeRequest, options.undercoverage.skipLabels, asked.batch, read) : null,
  }
  const stage = stageOf(facts)
  if (stage.kind === 'waiting') {
    awaitChildren(asked, facts)
    awaitQuiet(asked, facts)
  }
  if (stage.kind !== 'ended') return facts
  const ended = tree.jobs.filter(({ name, status }) => isCoverage(name) && isCompleted(status))
  await awaitRetry(ended, asked)
  if (!isDiffReady(found, over.head)) return { ...facts, findings: withoutDiff(asked) }
  const findings = await judgePipeline(toJudge(asked, found, ended, over.head), read)
  return { ...facts, findings }
}

function toJudge({ event, options }: Asked, { tree, mergeRequest }: Found, jobs: readonly Job[], head: string) {
  const { sha, ref } = tree.root
  return {
    path: event.project.path,
    jobs,
    options,
    change: {
      project: event.project.id,
      mergeRequest: mergeRequest.iid,
      sha,
      head,
      isMergedResult: ref.endsWith('/merge'),
      isCut: mergeRequest.changesCount?.endsWith('+') ?? false,
    },
  }
}

/** GitLab makes the diff of a merge request some time after each push. */
const isDiffReady = ({ tree, mergeRequest }: Found, head: string): boolean =>
  tree.root.ref.endsWith('/merge') || mergeRequest.diffRefs?.head === head
