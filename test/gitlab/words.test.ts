import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { cutText } from '../../src/cut.ts'
import { refusalText } from '../../src/gitlab/error-text.ts'
import { GitLabError, kindOf } from '../../src/gitlab/errors.ts'
import { defaultLimits } from '../../src/gitlab/limits.ts'
import { askedWait, waitBefore } from '../../src/gitlab/retry.ts'
import { routeOf, shownPath } from '../../src/gitlab/route.ts'

describe('the text of a refusal', () => {
  it.each([
    [401, '{"message":"401 Unauthorized"}', '401 Unauthorized'],
    [
      401,
      '{"error":"invalid_token","error_description":"Token was revoked."}',
      '401 invalid_token: Token was revoked.',
    ],
    [
      400,
      '{"error":"state is missing, state does not have a valid value"}',
      '400 state is missing, state does not have a valid value',
    ],
    [
      400,
      '{"message":{"base":["is taken","is odd"],"name":["is too long"]}}',
      '400 is taken, is odd; name is too long',
    ],
    [403, '{"message":"403 Forbidden - Job is not retryable"}', '403 Forbidden - Job is not retryable'],
    [404, '{"error":"404 Not Found"}', '404 Not Found'],
    [429, 'Retry later\n', '429 Retry later'],
    [502, '<html><title>GitLab is not responding</title></html>', '502 Bad Gateway'],
    [500, '', '500 Internal Server Error'],
    [500, 'null', '500 null'],
    [422, '{"message":null}', '422 Unprocessable Entity'],
    [400, '{"message":"line\\nbreak\\u001b[31m"}', '400 line break [31m'],
    [599, '', '599 unknown status'],
  ])('of %i with %s is %s', (status, body, expected) => {
    expect(refusalText(status, body, [])).toBe(expected)
  })

  it('is one line of bounded length without secrets, whatever GitLab answers', () => {
    const secret = 'glpat-secret'
    const body = fc
      .oneof(fc.string({ unit: 'grapheme', maxLength: 2000 }), fc.json())
      .map((text) => text + secret + text)
    fc.assert(
      fc.property(body, fc.constantFrom(400, 429, 500), (text, status) => {
        const shown = refusalText(status, text, [secret])
        expect(shown).not.toContain(secret)
        expect(shown).not.toMatch(/[\n\r\0]/)
        expect(shown.length).toBeLessThan(310)
      }),
    )
  })
})

describe('the right that is missing', () => {
  it.each([
    [
      'POST',
      'projects/7/pipelines/42/cancel',
      403,
      'needs the Developer role on the project, and merge or push rights',
    ],
    ['POST', 'projects/7/statuses/abc', 403, 'needs the Developer role'],
    ['POST', 'projects/7/merge_requests/17/notes', 403, 'at least the Reporter role'],
    ['GET', 'projects/7/jobs/9/artifacts/a/b.xml', 403, 'artifacts:access'],
    ['GET', 'projects/7', 403, 'at least the Reporter role'],
    ['GET', 'user', 401, 'GITLAB_TOKEN is not accepted: it is wrong, expired or revoked'],
    ['GET', 'projects/7', 404, 'GitLab hides private projects'],
  ])('from %s %s with %i is in the message', (method, path, status, expected) => {
    const reason = `${status} x`
    const error = new GitLabError({ method, path, status, reason, kind: kindOf(status, reason) })
    expect(error.message).toContain(expected)
  })

  it('is the scope when GitLab says so', () => {
    const reason = '403 insufficient_scope: The request requires higher privileges than provided by the access token.'
    const error = new GitLabError({ method: 'POST', path: 'projects/7', status: 403, reason, kind: 'permanent' })
    expect(error.message).toMatch(/GITLAB_TOKEN needs the scope "api"$/)
  })
})

describe('a path', () => {
  it.each([
    ['projects/7/pipelines/42/jobs', '/projects/:id/pipelines/:pipeline/jobs'],
    ['projects/acme%2Fshop', '/projects/:id'],
    ['projects/7/jobs/9/artifacts', '/projects/:id/jobs/:job/artifacts'],
    ['projects/7/jobs/9/artifacts/reports/junit.xml', '/projects/:id/jobs/:job/artifacts/*'],
    ['projects/7/repository/commits/abc/statuses', '/projects/:id/repository/commits/:sha/statuses'],
    ['projects/7/repository/branches/a%2Fb', '/projects/:id/repository/branches/:branch'],
    ['projects/7/repository/files/src%2Fa.ts/raw', '/projects/:id/repository/files/:path/raw'],
    ['projects/7/members/all/5', '/projects/:id/members/all/:user'],
    ['user', '/user'],
  ])('%s is of the route %s', (path, route) => {
    expect(routeOf(path)).toBe(route)
  })

  it('is shown without query and control characters', () => {
    expect(shownPath('projects/7/trigger\n?token=secret')).toBe('/projects/7/trigger?')
  })
})

describe('the wait that GitLab asks for', () => {
  const date = 'Fri, 01 May 2026 10:00:00 GMT'
  const epoch = String(Date.parse(date) / 1000 + 30)
  it.each([
    [{ 'retry-after': '7' }, 7_000],
    [{ 'retry-after': '0' }, 0],
    [{ 'retry-after': '1.5' }, 1_500],
    [{ 'retry-after': 'Fri, 01 May 2026 10:00:09 GMT', date }, 9_000],
    [{ 'retry-after': 'Fri, 01 May 2026 09:00:00 GMT', date }, 0],
    [{ 'retry-after': '99999999' }, 86_400_000],
    [{ 'ratelimit-reset': epoch, 'ratelimit-remaining': '0', date }, 30_000],
    [{ 'ratelimit-reset': epoch, date }, 30_000],
    [{ 'ratelimit-reset': epoch, 'ratelimit-remaining': '12', date }, null],
    [{ 'retry-after': 'soon' }, null],
    [{}, null],
  ])('in %j is %s ms', (headers, expected) => {
    expect(askedWait(headers)).toBe(expected)
  })

  const failed = (method: string, details: Partial<ConstructorParameters<typeof GitLabError>[0]>) =>
    new GitLabError({ method, path: 'x', status: 503, reason: '503', kind: 'retryable', ...details })

  it.each([
    ['a read that failed', failed('GET', {}), 1, true],
    ['its fourth repetition', failed('GET', {}), 4, false],
    ['a POST that may be applied', failed('POST', { maybeApplied: true }), 1, false],
    ['a POST that surely is not', failed('POST', {}), 1, true],
    ['a DELETE that may be applied', failed('DELETE', { maybeApplied: true }), 1, true],
    ['a refusal', failed('GET', { kind: 'permanent' }), 1, false],
    ['something missing', failed('GET', { kind: 'not_found' }), 1, false],
    ['a wait of 20 s', failed('GET', { retryAfter: 19_000 }), 1, true],
    ['a longer one', failed('GET', { retryAfter: 20_001 }), 1, false],
  ])('is slept through for %s, repetition %#: %s', (_title, error, repetition, expected) => {
    const wait = waitBefore(error, repetition, { ...defaultLimits, backoff: 100 }, 30_000)
    expect(wait !== null).toBe(expected)
    if (wait !== null) expect(wait).toBeGreaterThanOrEqual(error.retryAfter ?? 0)
  })
})

describe('a cut text', () => {
  it('is never longer than allowed, and a beginning of the text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 60 }), fc.integer({ min: 1, max: 40 }), (text, length) => {
        const cut = cutText(text, length)
        expect([...cut].length).toBeLessThanOrEqual(length)
        expect(cut === text || text.startsWith(cut.slice(0, -1))).toBe(true)
        expect(Buffer.from(cut).toString()).toBe(cut)
      }),
    )
  })
})
