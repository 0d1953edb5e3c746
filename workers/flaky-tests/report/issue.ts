import { inertBlock, inertCode, inertLink, inertText } from '../../../src/note/inert.ts'
import { bulletList, plural } from '../../../src/note/wording.ts'
import type { FlakyTestsFacts } from '../facts.ts'
import type { JudgedTest } from '../results/types.ts'
import { historyText } from './history.ts'
import { testLine } from './test-line.ts'

/** GitLab's limit is 255 characters. */
const titleChars = 200

type IssueText = { title: string; description: string }

/** The issue of one flaky test. */
export function testIssue(test: JudgedTest, facts: FlakyTestsFacts, owners: { [file: string]: string[] }): IssueText {
  const { identity, file } = test
  const owned = file ? (owners[file] ?? []) : []
  const lines = [
    `Test: ${inertCode(fullName(test))}`,
    `Job: ${inertCode(identity.job)}${identity.suite && identity.suite !== identity.job ? `, suite ${inertCode(identity.suite)}` : ''}`,
    ...(file ? [`File: ${inertCode(file)}`] : []),
    ...(owned.length > 0 ? [`Owners: ${owned.map((owner) => inertCode(owner)).join(', ')}`] : []),
    `Seen last: ${testLine({ ...test, message: '' }, facts, [historyText(facts.history[test.id])])} in ${inertLink(`pipeline ${facts.pipeline.id}`, facts.pipeline.url)}`,
  ]
  const message = inertBlock(test.message)
  return {
    title: titleOf(`Flaky test: ${fullName(test)}`),
    description: [
      isTold(test)
        ? 'This test is said to pass only after it was retried.'
        : 'This test failed and passed on the same commit.',
      bulletList(lines),
      ...(message ? [`It failed with:\n\n${message}`] : []),
      'pipewarden keeps this issue up to date, closes it when the test has behaved, and opens it again when it has not.',
    ].join('\n\n'),
  }
}

/** Nobody has seen the failure, but somebody tells of it. */
const isTold = ({ evidence }: JudgedTest): boolean => evidence === 'listed' || evidence === 'declared'

/** The issue of an exception that many tests share. */
export function causeIssue(tests: readonly JudgedTest[], facts: FlakyTestsFacts): IssueText {
  const [first] = tests
  const message = (first?.message ?? '').split('\n', 1)[0] ?? ''
  return {
    title: titleOf(`Flaky tests with one cause: ${message}`),
    description: [
      `${plural(tests.length, 'test')} failed with the same message and passed on the same commit, in ${inertLink(`pipeline ${facts.pipeline.id}`, facts.pipeline.url)}: ${inertText(message)}`,
      bulletList(
        tests.map((test) => testLine({ ...test, message: '' }, facts, [])),
        50,
      ),
      'pipewarden keeps this issue up to date and closes it when the tests have behaved.',
    ].join('\n\n'),
  }
}

const fullName = ({ identity: { classname, name } }: JudgedTest): string =>
  classname && !name.startsWith(classname) ? `${classname} ${name}` : name

/** A title is no Markdown, but its references are linked: without their signs they are none. */
const titleOf = (text: string): string =>
  text
    .replace(/[@#!&~%$^[\]]/g, ' ')
    .replace(/\s+/g, ' ')
    .trim()
    .slice(0, titleChars)
