import { expect, test } from 'vitest'
import { key, queuePrefix } from '../../src/redis/keys.ts'

test('a key names its slot in braces and its parts after it', () => {
  expect(key('p7', 'decision', 'job-5', 3)).toBe('{pipewarden:p7}:decision:job-5:3')
  expect(queuePrefix('fail-fast')).toBe('{pipewarden:fail-fast}')
})

test.each([['a}b'], ['{a'], ['a\nb'], ['']])('%j is refused in a key', (part) => {
  expect(() => key('p7', part)).toThrow('not usable as a part')
  expect(() => key(part, 'x')).toThrow('not usable as the tag')
})

test('a colon is refused in a tag, so that two tags cannot mean the same', () => {
  expect(() => key('a:b')).toThrow('not usable as the tag')
})
