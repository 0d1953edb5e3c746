import { createTwoFilesPatch, structuredPatch } from 'diff'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { unquote } from '../src/reports/diff/git-path.ts'
import { readGitLabDiffs } from '../src/reports/diff/gitlab.ts'
import type { ChangedFile } from '../src/reports/diff/types.ts'
import { readUnifiedDiff } from '../src/reports/diff/unified.ts'

const joined = (...lines: string[]): string => `${lines.join('\n')}\n`

const only = (text: string): ChangedFile => {
  const diff = readUnifiedDiff(text)
  expect(diff.files).toHaveLength(1)
  return diff.files[0] as ChangedFile
}

const addedOf = (file: ChangedFile | undefined): [number, string][] => [...(file?.added ?? [])]

describe('a unified diff', () => {
  test('gives the added lines of each file by their number in the new file', () => {
    const diff = readUnifiedDiff(
      joined(
        'diff --git a/lib/tea.rb b/lib/tea.rb',
        'index 1111111..2222222 100644',
        '--- a/lib/tea.rb',
        '+++ b/lib/tea.rb',
        '@@ -3,3 +3,4 @@ class Tea',
        ' kettle',
        '-cold',
        '+warm',
        '+hot',
        ' cup',
        '@@ -20 +21,2 @@',
        ' milk',
        '+sugar',
        'diff --git a/gone.rb b/gone.rb',
        'deleted file mode 100644',
        'index 1111111..0000000',
        '--- a/gone.rb',
        '+++ /dev/null',
        '@@ -1,2 +0,0 @@',
        '-one',
        '-two',
      ),
    )
    expect(diff.files.map((file) => [file.kind, file.oldPath, file.newPath])).toEqual([
      ['modified', 'lib/tea.rb', 'lib/tea.rb'],
      ['deleted', 'gone.rb', null],
    ])
    expect(addedOf(diff.files[0])).toEqual([
      [4, 'warm'],
      [5, 'hot'],
      [22, 'sugar'],
    ])
    expect(diff.files[1]?.added.size).toBe(0)
    expect(diff.incomplete).toEqual([])
    expect(diff.warnings).toEqual([])
  })

  test('does not take lines inside a hunk for file headers', () => {
    const file = only(
      joined(
        '--- a/notes.sql',
        '+++ b/notes.sql',
        '@@ -1,3 +1,4 @@',
        '--- old comment',
        '+++ counter',
        '+-- new comment',
        ' select 1',
        ' select 2',
        '+select 3',
      ).replace('@@ -1,3 +1,4 @@', '@@ -1,3 +1,5 @@'),
    )
    expect(file.newPath).toBe('notes.sql')
    expect(addedOf(file)).toEqual([
      [1, '++ counter'],
      [2, '-- new comment'],
      [5, 'select 3'],
    ])
  })

  test('does not count the marker of a missing newline', () => {
    const file = only(
      joined(
        'diff --git a/a.py b/a.py',
        '--- a/a.py',
        '+++ b/a.py',
        '@@ -1,2 +1,3 @@',
        ' one',
        '-two',
        '\\ No newline at end of file',
        '+two',
        '+three',
        '\\ No newline at end of file',
      ),
    )
    expect(addedOf(file)).toEqual([
      [2, 'two'],
      [3, 'three'],
    ])
    expect([...file.respaced]).toEqual([2])
  })

  test('undoes the quoting of paths and cuts the tab after paths with blanks', () => {
    const diff = readUnifiedDiff(
      joined(
        'diff --git "a/src/gr\\303\\266n.py" "b/src/gr\\303\\266n.py"',
        'new file mode 100644',
        '--- /dev/null',
        '+++ "b/src/gr\\303\\266n.py"',
        '@@ -0,0 +1 @@',
        '+x = 1',
        'diff --git a/my file.py b/my file.py',
        '--- a/my file.py\t',
        '+++ b/my file.py\t',
        '@@ -0,0 +1 @@',
        '+y = 1',
      ),
    )
    expect(diff.files.map((file) => [file.kind, file.newPath])).toEqual([
      ['added', 'src/grön.py'],
      ['modified', 'my file.py'],
    ])
  })

  test('counts only the edited lines of a renamed file, and none of a pure rename', () => {
    const diff = readUnifiedDiff(
      joined(
        'diff --git a/old name.go b/new name.go',
        'similarity index 90%',
        'rename from old name.go',
        'rename to new name.go',
        '--- a/old name.go\t',
        '+++ b/new name.go\t',
        '@@ -7 +7 @@',
        '-a',
        '+b',
        'diff --git a/x/p.go b/y/p.go',
        'similarity index 100%',
        'rename from x/p.go',
        'rename to y/p.go',
      ),
    )
    expect(diff.files.map((file) => [file.kind, file.oldPath, file.newPath, file.added.size])).toEqual([
      ['renamed', 'old name.go', 'new name.go', 1],
      ['renamed', 'x/p.go', 'y/p.go', 0],
    ])
  })

  test.each([
    ['binary', ['index 1..2 100644', 'Binary files a/x and b/x differ']],
    ['binary', ['index 1..2 100644', 'GIT binary patch', 'literal 4', 'Lc$@<O00001', '', 'literal 0', 'HcmV?d00001']],
    [
      'submodule',
      ['index 1..2 160000', '--- a/x', '+++ b/x', '@@ -1 +1 @@', '-Subproject commit 1', '+Subproject commit 2'],
    ],
    ['symlink', ['new file mode 120000', '--- /dev/null', '+++ b/x', '@@ -0,0 +1 @@', '+target']],
    ['text', ['old mode 100644', 'new mode 100755']],
  ])('has no lines for a change of kind %s', (content, lines) => {
    const file = only(joined('diff --git a/x b/x', ...lines))
    expect(file.content).toBe(content)
    expect(file.newPath).toBe('x')
    expect(file.added.size).toBe(0)
  })

  test('drops the carriage return from texts and headers', () => {
    const file = only('--- a/w.cs\r\n+++ b/w.cs\r\n@@ -1 +1,2 @@\r\n a\r\n+b\r\n')
    expect(file.newPath).toBe('w.cs')
    expect(addedOf(file)).toEqual([[2, 'b']])
  })

  test('knows diffs without prefixes and with those of the index and the worktree', () => {
    const plain = only(joined('diff --git b/x.rb b/x.rb', '--- b/x.rb', '+++ b/x.rb', '@@ -0,0 +1 @@', '+1'))
    const mnemonic = only(joined('diff --git i/x.rb w/x.rb', '--- i/x.rb', '+++ w/x.rb', '@@ -0,0 +1 @@', '+1'))
    expect([plain.newPath, mnemonic.newPath]).toEqual(['b/x.rb', 'x.rb'])
  })

  test('reads mails with patches', () => {
    const file = only(
      joined(
        'From 12345 Mon Sep 17 00:00:00 2001',
        'Subject: [PATCH] Add a line',
        '---',
        ' a.c | 1 +',
        '',
        'diff --git a/a.c b/a.c',
        'index 1..2 100644',
        '--- a/a.c',
        '+++ b/a.c',
        '@@ -1 +1,2 @@',
        ' int a;',
        '+int b;',
        '-- ',
        '2.43.0',
      ),
    )
    expect(addedOf(file)).toEqual([[2, 'int b;']])
  })

  test('keeps what a hunk with wrong counts has, and says so', () => {
    const text = joined('--- a/x.ts', '+++ b/x.ts', '@@ -0,0 +1,9 @@', '+one', '+two')
    const lenient = readUnifiedDiff(text)
    expect(addedOf(lenient.files[0])).toEqual([
      [1, 'one'],
      [2, 'two'],
    ])
    expect(lenient.warnings).toEqual(['x.ts: the hunk @@ -0,0 +1,9 @@ has other lines than its header counts'])
    const strict = readUnifiedDiff(text, { strict: true })
    expect(strict.incomplete.map((entry) => entry.path)).toEqual(['x.ts'])
    const short = readUnifiedDiff(joined('--- a/x.ts', '+++ b/x.ts', '@@ -0,0 +1 @@', '+one', '+two'))
    expect(short.warnings).toHaveLength(1)
  })

  test('that is something else is incomplete, and an empty one is no change', () => {
    expect(readUnifiedDiff('hello\n').incomplete).toEqual([{ path: '', because: 'this is not a unified diff' }])
    expect(readUnifiedDiff('')).toEqual({ files: [], incomplete: [], warnings: [] })
  })

  test('marks lines that differ in white space alone, hunk by hunk', () => {
    const file = only(
      joined(
        '--- a/x.py',
        '+++ b/x.py',
        '@@ -1,2 +1,2 @@',
        '-if a:',
        '-b',
        '+  if a :',
        '+c',
        '@@ -9 +9 @@',
        '-c',
        '+b',
      ),
    )
    expect([...file.respaced]).toEqual([1])
  })

  const line = fc.string({ unit: fc.constantFrom('a', 'b', ' ', '-', '+', '@', '\\', '"', '\t', '\r'), maxLength: 6 })
  const text = fc
    .tuple(fc.array(line, { maxLength: 25 }), fc.boolean())
    .map(([lines, ended]) => lines.join('\n') + (ended && lines.length > 0 ? '\n' : ''))

  test('of any two texts has exactly the added lines, with any amount of context', () => {
    fc.assert(
      fc.property(text, text, fc.integer({ min: 0, max: 6 }), (before, after, context) => {
        const patch = createTwoFilesPatch('a/f.rb', 'b/f.rb', before, after, '', '', { context })
        const wanted = new Map<number, string>()
        for (const hunk of structuredPatch('a', 'b', before, after, '', '', { context }).hunks) {
          let at = hunk.newStart
          for (const content of hunk.lines) {
            if (content.startsWith('+')) wanted.set(at, content.slice(1).replace(/\r$/, ''))
            if (content.startsWith('+') || content.startsWith(' ')) at += 1
          }
        }
        const diff = readUnifiedDiff(patch)
        expect(new Map(diff.files[0]?.added ?? [])).toEqual(wanted)
        expect(diff.warnings).toEqual([])
        const lines = after.split('\n')
        for (const [number, content] of wanted) expect(lines[number - 1]?.replace(/\r$/, '')).toBe(content)
      }),
      { numRuns: 500 },
    )
  })

  test('reads several files back in whatever order they come', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(text, text), { minLength: 1, maxLength: 5 }), (pairs) => {
        const patches = pairs.map(([a, b], index) => ({
          path: `dir/${index}.rb`,
          text: `diff --git a/dir/${index}.rb b/dir/${index}.rb\n${createTwoFilesPatch(`a/dir/${index}.rb`, `b/dir/${index}.rb`, a, b)}`,
        }))
        const read = (parts: typeof patches) =>
          new Map(
            readUnifiedDiff(parts.map((part) => part.text).join('')).files.map((file) => [
              file.newPath,
              [...file.added],
            ]),
          )
        expect(read([...patches].reverse())).toEqual(read(patches))
        expect(read(patches).size).toBe(pairs.length)
      }),
    )
  })

  test('never throws, whatever the text', () => {
    const piece = fc.constantFrom(
      'diff --git a/x b/x\n',
      '--- a/x\n',
      '+++ b/x\n',
      '@@ -1,2 +1 @@\n',
      '+a\n',
      '-',
      '\n',
      '"\\3',
      'rename to "\n',
    )
    fc.assert(fc.property(fc.array(fc.oneof(piece, fc.string())), (parts) => void readUnifiedDiff(parts.join(''))))
  })
})

describe('a quoted path', () => {
  test('comes back as it was, whatever its bytes', () => {
    const quote = (path: string): string =>
      `"${[...Buffer.from(path)].map((byte) => (byte > 32 && byte < 127 && byte !== 34 && byte !== 92 ? String.fromCharCode(byte) : `\\${byte.toString(8).padStart(3, '0')}`)).join('')}"`
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (path) => {
        expect(unquote(`${quote(path)} rest`)).toEqual({ path, rest: ' rest' })
      }),
    )
  })

  test.each([
    ['"a\\tb"', 'a\tb'],
    ['"say \\"hi\\""', 'say "hi"'],
    ['"back\\\\slash"', 'back\\slash'],
  ])('%s is undone', (quoted, path) => expect(unquote(quoted)?.path).toBe(path))
})

describe("GitLab's list of diffs", () => {
  const entity = (change: object) => ({
    old_path: 'app/user.rb',
    new_path: 'app/user.rb',
    a_mode: '100644',
    b_mode: '100644',
    new_file: false,
    renamed_file: false,
    deleted_file: false,
    diff: '@@ -1 +1,2 @@\n a\n+b\n',
    ...change,
  })

  test.each([
    ['the bare list', [entity({})]],
    ['the answer with changes', { changes: [entity({})] }],
    ['the answer of compare', { diffs: [entity({})] }],
    ['a diff with file headers', [entity({ diff: '--- a/app/user.rb\n+++ b/app/user.rb\n@@ -1 +1,2 @@\n a\n+b\n' })]],
  ])('is read from %s', (_, body) => {
    const diff = readGitLabDiffs(body)
    expect(diff.files.map((file) => [file.kind, file.newPath, ...file.added])).toEqual([
      ['modified', 'app/user.rb', [2, 'b']],
    ])
    expect(diff.incomplete).toEqual([])
  })

  test.each([
    ['too large', { too_large: true, diff: '' }, 'GitLab left its diff out: it is too large'],
    ['collapsed', { collapsed: true, diff: '' }, 'GitLab left its diff out: it is collapsed'],
    ['empty without a flag', { diff: '' }, 'GitLab gave no diff for it'],
    ['cut', { diff: '@@ -1 +1,5 @@\n a\n+b\n' }, 'the hunk @@ -1 +1,5 @@ has other lines than its header counts'],
  ])('names a file whose diff is %s as incomplete', (_, change, because) => {
    expect(readGitLabDiffs([entity(change)]).incomplete).toEqual([{ path: 'app/user.rb', because }])
  })

  test.each([
    ['an empty new file', { new_file: true, diff: '' }],
    ['a pure rename', { renamed_file: true, old_path: 'x.rb', diff: '' }],
    ['a change of mode', { b_mode: '100755', diff: '' }],
    ['a deleted file whose diff was left out', { deleted_file: true, too_large: true, diff: '' }],
    ['a binary', { diff: 'Binary files a/app/user.rb and b/app/user.rb differ\n' }],
    ['a submodule', { b_mode: '160000', diff: '@@ -1 +1 @@\n-Subproject commit 1\n+Subproject commit 2\n' }],
    ['a symbolic link', { new_file: true, b_mode: '120000', diff: '@@ -0,0 +1 @@\n+target\n' }],
  ])('has no lines and no gap for %s', (_, change) => {
    const diff = readGitLabDiffs([entity(change)])
    expect(diff.incomplete).toEqual([])
    expect(diff.files[0]?.added.size).toBe(0)
  })

  test('that GitLab cut short, or that is none, is incomplete as a whole', () => {
    expect(readGitLabDiffs({ changes: [], overflow: true }).incomplete[0]?.path).toBe('')
    expect(readGitLabDiffs({ message: '404 Not found' }).incomplete[0]?.path).toBe('')
  })

  test.each([[1], ['app/user.rb'], [null], [{}], [{ diff: '@@ -0,0 +1 @@\n+a\n' }]])(
    'that lists %j among its files is incomplete, and says which entry is wrong',
    (item) => {
      const { files, incomplete } = readGitLabDiffs([entity({}), item])
      expect(files).toHaveLength(1)
      expect(incomplete).toEqual([{ path: '', because: 'entry 2 of the list is no changed file: it has no path' }])
    },
  )
})
