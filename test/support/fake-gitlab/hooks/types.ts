import type { Project } from '../types.ts'

export const hookTriggers = [
  'push_events',
  'tag_push_events',
  'merge_requests_events',
  'note_events',
  'confidential_note_events',
  'issues_events',
  'pipeline_events',
  'job_events',
  'deployment_events',
] as const
export type HookTrigger = (typeof hookTriggers)[number]

export type Hook = {
  id: number
  url: string
  events: HookTrigger[]
  token: string | null
  /** `whsec_` and the key in base64. */
  signingToken: string | null
  name: string | null
  createdAt: number
  recentFailures: number
}

/** One attempt to send one event to one hook. */
export type Delivery = {
  id: number
  hook: Hook
  project: Project
  trigger: HookTrigger
  requestHeaders: Record<string, string>
  payload: unknown
  /** The HTTP status, or a text such as `internal error` when nothing was answered. */
  responseStatus: number | 'internal error'
  responseHeaders: Record<string, string>
  responseBody: string
  /** Seconds. */
  duration: number
  at: number
}
