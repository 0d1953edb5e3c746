import { createHash } from 'node:crypto'
import type { Place } from '../incident.ts'
import { key } from '../redis/keys.ts'

/** Branch names may hold what a key may not, and subjects are as long as people like. */
export const hash = (text: string): string => createHash('sha256').update(text).digest('base64url').slice(0, 22)

export const recordsKey = ({ project, subject }: Omit<Place, 'destination'>): string =>
  key(`p${project}`, 'incidents', hash(subject))

/** What Slack shows of a subject. */
export const shownKey = ({ project, subject }: Omit<Place, 'destination'>): string =>
  key(`p${project}`, 'incidents-shown', hash(subject))

/** That a message is being posted. @param name which one of the place */
export const postingKey = ({ project, subject, destination }: Place, name: string): string =>
  key(`p${project}`, 'incidents-posting', hash(subject), hash(destination), name)

/** Where somebody is changing what is remembered of a subject. */
export const incidentsLock = ({ project, subject }: Place): string =>
  key(`p${project}`, 'incidents-lock', hash(subject))

/** Where somebody is telling Slack of a place: one at a time. */
export const tellingLock = ({ project, subject, destination }: Place): string =>
  key(`p${project}`, 'incidents-telling', hash(subject), hash(destination))

/** How long an incident and what Slack shows of it are remembered. */
export const keptSeconds = 90 * 86_400

export const dueKey = key('incidents', 'due')

/** Ids of channels by their names. */
export const channelsKey = key('slack', 'channels')
