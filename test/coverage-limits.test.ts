import { tmpdir } from 'node:os'
import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { detect } from '../src/reports/coverage/detect.ts'
import { readCoverage } from '../src/reports/coverage/read.ts'

const read = (text: string | Uint8Array, maxBytes?: number) =>
  readCoverage(typeof text === 'string' ? Buffer.from(text) : text, maxBytes === undefined ? {} : { maxBytes })

const cobertura = '<coverage><class filename="a.rb"><lines><line number="1" hits="1"/></lines></class></coverage>'

describe('what is no report', () => {
  it.each([
    ['', 'empty'],
    [' \n\t\n', 'empty'],
    ['\ufeff', 'empty'],
    ['hello', 'unknown-format'],
    ['PK\u0003\u0004', 'unknown-format'],
    ['[]', 'unknown-format'],
    ['<testsuites/>', 'unknown-format'],
    ['<!DOCTYPE html><html><p>Sign in</p></html>', 'unknown-format'],
    ['{"coverage": 81.2}', 'unknown-format'],
    ['{"meta": {"format": 3}, "files": {"a.py": {"executed_lines": [1]}}}', 'unknown-format'],
    ['<?xml version="1.0"?>', 'malformed'],
    ['<coverage><packages>', 'malformed'],
    [cobertura.slice(0, 70), 'malformed'],
    [cobertura.replace('</class>', '</clas>'), 'malformed'],
    [`${cobertura}${cobertura}`, 'malformed'],
    ['{"a.js": {"statementMap": {}', 'malformed'],
    ['{"a.js": {"statementMap": {]}}', 'malformed'],
    ['{"a.js": {"statementMap": {}},}', 'malformed'],
    ['{"a.js": {"statementMap": {}}} {}', 'malformed'],
    ['{a: 1}', 'malformed'],
  ])('says of %j that it is %s', async (text, reason) => {
    const result = await read(text)
    expect(result).toMatchObject({ outcome: 'unreadable', reason })
    expect(result.outcome === 'unreadable' && result.message).toMatch(/^[A-Z].*\.$/)
  })

  it('says when there is no file to read', async () => {
    expect(await readCoverage('/nonexistent/lcov.info')).toMatchObject({ outcome: 'unreadable', reason: 'missing' })
    expect(await readCoverage(tmpdir())).toMatchObject({ outcome: 'unreadable', reason: 'missing' })
  })

  it('throws when the source fails, since trying again may help', async () => {
    async function* broken() {
      yield Buffer.from('SF:a.c\n')
      throw new Error('connection reset')
    }
    await expect(readCoverage(broken())).rejects.toThrow('connection reset')
  })

  it.each(['TN:\n', '<coverage/>', '<report name="a"/>', '{}', '{"meta": {}, "coverage": {}}', 'mode: set\n'])(
    'reads %j as a report without files',
    async (text) => {
      expect(await read(text)).toMatchObject({ outcome: 'read', report: { files: [] } })
    },
  )
})

it('tells formats by their content', () => {
  expect(
    ['\n<coverage>', '{"a":{}}', 'mode: atomic\n', 'TN:\nSF:a', '# c\nSF:a', 'model: set', 'a SF:b'].map(detect),
  ).toEqual(['xml', 'json', 'go', 'lcov', 'lcov', undefined, undefined])
})

describe('limits', () => {
  it('unpacks gzip', async () => {
    expect(await read(gzipSync(cobertura))).toMatchObject({ outcome: 'read', report: { files: [{ path: 'a.rb' }] } })
  })

  it('says that gzip data is broken', async () => {
    expect(await read(gzipSync('SF:a.c\nDA:1,1\n'.repeat(1000)).subarray(0, 60))).toMatchObject({ reason: 'malformed' })
    expect(await read(Uint8Array.of(0x1f, 0x8b, 1, 2, 3))).toMatchObject({ reason: 'malformed' })
  })

  it('counts bytes after unpacking', async () => {
    const text = `SF:a.c\n${'DA:1,1\n'.repeat(1000)}`
    expect(await read(gzipSync(text), text.length)).toMatchObject({ outcome: 'read' })
    expect(await read(gzipSync(text), text.length - 1)).toMatchObject({ outcome: 'unreadable', reason: 'too-large' })
  })

  it('stops at gzip that unpacks to hundreds of times its size', async () => {
    expect(await read(gzipSync(`SF:a.c\n${'DA:7,1\n'.repeat(4_000_000)}`))).toMatchObject({ reason: 'too-large' })
  })

  it.each([
    ['elements too deep', `<coverage>${'<a>'.repeat(200)}`],
    [
      'too many attributes',
      `<coverage><a ${Array.from({ length: 200 }, (_, index) => `b${index}=""`).join(' ')}/></coverage>`,
    ],
    ['an attribute without end', `<coverage><class filename="${'a'.repeat(200_000)}"/></coverage>`],
    ['a comment without end', `<coverage><!--${'a'.repeat(200_000)}--></coverage>`],
    ['JSON too deep', `{"a.js": {"statementMap": ${'['.repeat(200)}${']'.repeat(200)}}}`],
  ])('refuses %s', async (_, text) => {
    expect(await read(text)).toMatchObject({ outcome: 'unreadable', reason: 'malformed' })
  })

  it('skips an endless line and keeps few warnings', async () => {
    const result = await read(`SF:a.c\nDA:1,1\nDA:2,${'9'.repeat(300_000)}\n${'DA:x,1\n'.repeat(500)}DA:3,1\n`)
    const report = result.outcome === 'read' ? result.report : undefined
    expect([...(report?.files[0]?.coverage?.measuredLines() ?? [])]).toEqual([1, 3])
    expect(report?.warnings).toHaveLength(31)
    expect(report?.warnings[0]).toBe('Line 3 is too long and skipped')
  })

  it('believes no number of arms or of lines', async () => {
    const arms = '<line number="1" hits="1" condition-coverage="1% (1/999999999)"/>'
    const result = await read(cobertura.replace(/<line .*\/>/, arms))
    const [file] = result.outcome === 'read' ? result.report.files : []
    expect(file?.coverage?.branchesAt(1)).toEqual({ missed: 1023, total: 1024 })
    const blocks = 'mode: set\n'.concat('a.go:1.1,90000.1 1 1\n'.repeat(60))
    expect(await read(blocks)).toMatchObject({ reason: 'too-large' })
  })

  it('takes a big file in very many records in little time', async () => {
    const big = Array.from({ length: 100_000 }, (_, line) => `DA:${line + 1},1`).join('\n')
    const small = 'SF:a.c\nDA:7,1\nend_of_record\n'.repeat(100_000)
    const start = performance.now()
    const result = await read(`SF:a.c\n${big}\nend_of_record\n${small}`)
    expect(result.outcome === 'read' && result.report.files[0]?.coverage?.hitsAt(7)).toBe(100_001)
    expect(performance.now() - start).toBeLessThan(10_000)
  })
})
