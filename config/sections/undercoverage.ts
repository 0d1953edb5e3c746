import { z } from 'zod'
import { count, flag, labels, names, paths, section, text } from './common.ts'

const REPORTS = [
  '**/*.lcov',
  '**/lcov.info',
  '**/*cobertura*.xml',
  '**/coverage.xml',
  '**/jacoco*.xml',
  '**/coverage-final.json',
  '**/coverage.json',
  '**/.resultset.json',
  '**/clover.xml',
]

const NOT_SOURCE = [
  'spec/**',
  'test/**',
  '**/__tests__/**',
  '**/*_spec.rb',
  '**/*.test.*',
  '**/*.spec.*',
  'db/**',
  'config/**',
  'vendor/**',
]

export const undercoverageSchema = section({
  enabled: flag(true).describe('Whether merge requests are held to running every line they change in a test'),
  jobs: names(['*coverage*']).describe('Jobs whose artifacts hold the coverage reports'),
  reports: paths(REPORTS).describe("Coverage reports inside the jobs' artifacts"),
  ignore: paths(NOT_SOURCE).describe('Changed files that need no test'),
  missing_files: z
    .enum(['fail', 'warn', 'ignore'])
    .default('fail')
    .describe('What follows from a changed source file that no test loads'),
  methods: flag(true).describe(
    'Whether a changed line in a function that never ran fails, also where the report has no entry for the line',
  ),
  branches: flag(false).describe('Whether a missed branch on a changed line fails'),
  max_uncovered_lines: count.default(0).describe('Changed lines that may stay without a test'),
  min_percent: z
    .number()
    .min(0)
    .max(100)
    .nullable()
    .default(null)
    .describe('Share of the changed lines that must be covered, compared exactly; instead of max_uncovered_lines'),
  skip_labels: labels(['pipeline:skip-undercoverage']).describe('Labels that make a merge request pass'),
  hold: flag(true).describe(
    'Whether a pending status holds the merge until the verdict; false: only the verdict is posted',
  ),
  blocking: flag(true).describe('false: findings are reported, but the status stays green'),
  on_error: z
    .enum(['pass', 'fail'])
    .default('pass')
    .describe('What follows when reports are missing, unreadable, stale or do not match; the note is loud either way'),
  status: text.max(255).default('pipewarden/undercoverage').describe('Name of the commit status'),
})

export type UndercoverageOptions = z.output<typeof undercoverageSchema>
