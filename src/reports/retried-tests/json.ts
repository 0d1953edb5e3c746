import { z } from 'zod'
import type { RetriedTest } from './types.ts'

const text = z.string().min(1).max(4000).nullish().catch(null)
const count = z.number().int().nonnegative().nullish().catch(null)

/** One flaky example of gitlab-rspec_flaky; the MD5 of description and file is its key in the report. */
const example = z.object({
  example_id: text,
  file: text,
  description: text,
  flaky_reports: count,
  last_attempts_count: count,
  last_flaky_job: text,
})

const toTest = (value: unknown): RetriedTest[] => {
  const { data } = example.safeParse(value)
  if (!data?.example_id && !data?.description) return []
  return [
    {
      id: data.example_id ?? null,
      file: data.file?.replace(/^\.\//, '') ?? null,
      description: data.description ?? null,
      reports: data.flaky_reports ?? null,
      attempts: data.last_attempts_count ?? null,
      jobUrl: data.last_flaky_job ?? null,
    },
  ]
}

/** @returns null when it is not an object of examples. */
export const parseRetriedJson = (source: string): RetriedTest[] | null => {
  try {
    const parsed: unknown = JSON.parse(source)
    const isReport = typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed)
    return isReport ? Object.values(parsed).flatMap(toTest) : null
  } catch {
    return null
  }
}
