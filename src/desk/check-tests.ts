import type { Command } from 'commander'
import { judge } from '../../workers/flaky-tests/judge/judge.ts'
import type { Attempt, AttemptReport, Judgement } from '../../workers/flaky-tests/judge/types.ts'
import { readJunit } from '../reports/junit/read.ts'
import type { ReportProblemKind } from '../reports/junit/types.ts'
import { attemptsOfFiles, type FileAttempt, readAttemptsFile } from './attempts-file.ts'
import { type CheckTestsJson, type FileProblem, toJson } from './check-tests-result.ts'
import { toText } from './check-tests-text.ts'

export type CheckTestsArguments = {
  /** A file that lists attempts with their reports. */
  attempts?: string | undefined
  /** Reports of one job on one commit, one attempt each, in order. */
  junit?: string[] | undefined
  color?: boolean | undefined
}

/** 0 nothing failed, 1 a test failed, 2 nothing could be read. */
type ExitCode = 0 | 1 | 2
export type CheckTestsResult = { exitCode: ExitCode; json: CheckTestsJson; text: string }

type Gathered = { attempts: Attempt[]; problems: FileProblem[]; readable: number }

const unreadable: ReadonlySet<FileProblem['problem']> = new Set<ReportProblemKind>([
  'empty',
  'not-junit',
  'unparseable',
  'too_large',
])

const problemOf = (file: string, error: unknown): FileProblem => {
  const isMissing = error instanceof Error && 'code' in error && error.code === 'ENOENT'
  const detail = error instanceof Error ? error.message : String(error)
  return isMissing ? { file, problem: 'missing', detail: 'no such file' } : { file, problem: 'unreadable', detail }
}

const readReport = async (file: string): Promise<AttemptReport | FileProblem> => {
  try {
    return { path: file, ...(await readJunit(file)) }
  } catch (error) {
    return problemOf(file, error)
  }
}

/** Reads one report after the other: each may be large. */
const gather = async (listed: readonly FileAttempt[]): Promise<Gathered> => {
  const gathered: Gathered = { attempts: [], problems: [], readable: 0 }
  for (const { files, ...attempt } of listed) {
    const reports: AttemptReport[] = []
    for (const file of files) {
      const read = await readReport(file)
      if ('problem' in read) {
        gathered.problems.push(read)
        continue
      }
      reports.push(read)
      gathered.problems.push(...read.problems.map(({ kind, detail }) => ({ file, problem: kind, detail })))
      if (!read.problems.some(({ kind }) => unreadable.has(kind))) gathered.readable += 1
    }
    gathered.attempts.push({ ...attempt, reports })
  }
  return gathered
}

const sawTests = ({ tests, setupScripts, unnamed }: Judgement): boolean =>
  tests.length > 0 || setupScripts.length > 0 || unnamed.total > 0

const exitCodeOf = (judgement: Judgement, { readable, problems }: Gathered): ExitCode => {
  const all = [...judgement.tests, ...judgement.setupScripts]
  if (all.some((verdict) => verdict.class === 'failed' || verdict.failsJob) || judgement.unnamed.failed > 0) return 1
  if (readable === 0) return 2
  return !sawTests(judgement) && problems.some(({ problem }) => problem === 'truncated') ? 2 : 0
}

const listAttempts = async ({ attempts, junit }: CheckTestsArguments): Promise<FileAttempt[] | FileProblem> => {
  if (attempts === undefined) return attemptsOfFiles(junit ?? [])
  try {
    return await readAttemptsFile(attempts)
  } catch (error) {
    return problemOf(attempts, error)
  }
}

/** Judges reports that lie on the disk as the bot judges those of pipelines. */
export const checkTests = async (given: CheckTestsArguments): Promise<CheckTestsResult> => {
  const listed = await listAttempts(given)
  const gathered: Gathered =
    'problem' in listed ? { attempts: [], problems: [listed], readable: 0 } : await gather(listed)
  const judgement = judge(gathered.attempts)
  const json = toJson(judgement, gathered.problems)
  return { exitCode: exitCodeOf(judgement, gathered), json, text: toText(json, { color: given.color ?? false }) }
}

type Options = CheckTestsArguments & { json?: boolean }

/** `pipewarden check tests`: flaky or failed, by the reports of all attempts. */
export const registerCheckTests = (check: Command): void => {
  check
    .command('tests')
    .description('tell flaky tests from real failures by JUnit reports of several attempts')
    .option('--attempts <file>', 'JSON list of attempts: [{"pipeline", "sha", "job", "attempt", "files": […]}…]')
    .option('--junit <file...>', 'reports of one job on one commit, one attempt each, in order')
    .option('--json', 'print the result for scripts')
    .option('--color', 'colour the text')
    .action(async (options: Options, command: Command) => {
      if ((options.attempts === undefined) === (options.junit === undefined)) {
        command.error('error: give either --attempts FILE or --junit FILE…', { exitCode: 2 })
      }
      const { exitCode, json, text } = await checkTests(options)
      process.stdout.write(options.json ? `${JSON.stringify(json)}\n` : text)
      process.exitCode = exitCode
    })
}
