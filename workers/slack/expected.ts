import type { Route, SlackReactionOptions } from './options.ts'
import type { Subject } from './subject.ts'

/** A run that a route expects: it is remembered like an incident, apart from whether it passes. */
export type Expectation = {
  route: Route
  subject: string
  destination: string
  /** In milliseconds. */
  every: number
}

const prefix = 'expected/'

export const isExpected = (subject: string): boolean => subject.startsWith(prefix)

/** What is run on a branch by one route is not what is run there by another: a nightly and a weekly schedule. */
const expectedSubject = ({ key }: Subject, source: string, { when }: Route): string =>
  `${prefix}${[source, ...when].join('+')}/${key}`

/** What is expected to run for a subject, by routes that fit; the first of those that say the same counts. */
export function expectations(
  { slack }: SlackReactionOptions,
  subject: Subject,
  source: string,
  fits: (route: Route) => boolean,
): Expectation[] {
  const all = slack.routes.filter(fits).flatMap((route): Expectation[] => {
    const { channel, expect } = route
    if (channel === null || expect === null) return []
    return [{ route, subject: expectedSubject(subject, source, route), destination: channel, every: expect.every }]
  })
  return all.filter((one, index) => index === all.findIndex((other) => isSame(one, other)))
}

const isSame = (one: Expectation, other: Expectation) =>
  one.subject === other.subject && one.destination === other.destination
