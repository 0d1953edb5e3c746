import { issueMarker } from '../../src/kept-issue.ts'

const mark = /^<!-- pipewarden:flaky-(?:test|cause) (\d{1,15}):([A-Za-z0-9_-]{1,40}) -->$/

/** By the project, since issues of several may be kept in one. */
export const testMarker = (project: number, id: string): string => issueMarker('flaky-test', `${project}:${id}`)
export const causeMarker = (project: number, id: string): string => issueMarker('flaky-cause', `${project}:${id}`)

/** The markers of flaky tests in a description, each in its own line. */
export const issueMarks = (description: string): string[] =>
  description
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => mark.test(line))

/** What a marker is about; null for any other text. */
export function testOfMarker(marker: string): { project: number; id: string } | null {
  const [, project, id] = mark.exec(marker) ?? []
  return project && id ? { project: Number(project), id } : null
}
