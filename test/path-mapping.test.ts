import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { CoverageReport, ReportFile } from '../src/reports/coverage/types.ts'
import { mapReport } from '../workers/undercoverage/judge/map-report.ts'
import { mayBeOneOf, unixPath } from '../workers/undercoverage/judge/report-path.ts'
import { createTree } from '../workers/undercoverage/judge/tree.ts'

type Given = {
  tree: string[]
  files: (string | ReportFile)[]
  sources?: string[]
  format?: CoverageReport['format']
  directory?: string
  roots?: string[]
  projectPath?: string
}

const map = (given: Given) => {
  const report: CoverageReport = {
    format: given.format ?? 'lcov',
    sources: given.sources ?? [],
    files: given.files.map((file) => (typeof file === 'string' ? { path: file } : file)),
    ignoredFiles: [],
    warnings: [],
  }
  return mapReport(report, {
    tree: createTree(given.tree),
    checkout: { roots: given.roots ?? ['/builds/acme/widget'], projectPath: given.projectPath ?? 'acme/widget' },
    directory: given.directory ?? '',
  })
}

const pathsOf = (given: Given): string[] => map(given).mapped.map(({ path }) => path)

describe('a path of a report is the file of the repository', () => {
  test.each<[string, Given, string]>([
    ['of the same path', { tree: ['lib/a.rb', 'x/lib/a.rb'], files: ['lib/a.rb'] }, 'lib/a.rb'],
    ['when it starts with ./', { tree: ['lib/a.rb', 'x/lib/a.rb'], files: ['./lib/a.rb'] }, 'lib/a.rb'],
    ['when it has backslashes', { tree: ['lib/a.cs', 'x/lib/a.cs'], files: ['.\\lib\\a.cs'] }, 'lib/a.cs'],
    [
      'below the checkout root',
      { tree: ['lib/a.rb', 'x/lib/a.rb'], files: ['/builds/acme/widget/lib/a.rb'] },
      'lib/a.rb',
    ],
    [
      'below a directory that ends with the project path',
      { tree: ['lib/a.rb', 'x/lib/a.rb'], files: ['D:\\jobs\\acme\\widget\\lib\\a.rb'] },
      'lib/a.rb',
    ],
    [
      'in a source below the project',
      { tree: ['web/ui.js', 'api/ui.js'], files: ['ui.js'], sources: ['jobs/acme/widget/web'], format: 'cobertura' },
      'web/ui.js',
    ],
    [
      'in a source, although the bare name exists, too',
      { tree: ['web/ui.js', 'ui.js'], files: ['ui.js'], sources: ['/builds/acme/widget/web'], format: 'cobertura' },
      'web/ui.js',
    ],
    [
      'in a source that is relative to where the report lies',
      {
        tree: ['a/web/ui.js', 'b/web/ui.js'],
        files: ['ui.js'],
        sources: [' web '],
        directory: 'b',
        format: 'cobertura',
      },
      'b/web/ui.js',
    ],
    [
      'under its own name when the sources are those of Go',
      { tree: ['cmd/main.go', 'x/cmd/main.go'], files: ['cmd/main.go'], sources: ['/usr/local/go/src', '/go/src'] },
      'cmd/main.go',
    ],
    [
      'in the module that its group names',
      {
        tree: ['core/src/main/java/org/Tea.java', 'shop/src/main/java/org/Tea.java'],
        files: [{ path: 'org/Tea.java', groups: ['all of it', 'shop'] }],
        format: 'jacoco',
      },
      'shop/src/main/java/org/Tea.java',
    ],
    [
      'in the source root rather than among generated files',
      { tree: ['build/gen/org/Tea.java', 'src/main/kotlin/org/Tea.java'], files: ['org/Tea.java'], format: 'jacoco' },
      'src/main/kotlin/org/Tea.java',
    ],
    [
      'beside the report or above it',
      { tree: ['packages/a/src/i.ts', 'packages/b/src/i.ts'], files: ['src/i.ts'], directory: 'packages/b/coverage' },
      'packages/b/src/i.ts',
    ],
    [
      'relative to the directory of the report',
      { tree: ['packages/a/i.ts', 'packages/b/i.ts'], files: ['../i.ts'], directory: 'packages/b/coverage' },
      'packages/b/i.ts',
    ],
    [
      'that is the end of a foreign path',
      { tree: ['src/a.py', 'x/src/a.py'], files: ['/home/me/work/src/a.py'] },
      'src/a.py',
    ],
    ['that ends with it', { tree: ['backend/src/a.py', 'backend/src/b.py'], files: ['src/a.py'] }, 'backend/src/a.py'],
    ['that shares the longest end', { tree: ['ee/app/a.rb', 'ee/lib/a.rb'], files: ['/x/y/app/a.rb'] }, 'ee/app/a.rb'],
    [
      'of that name when there is only one',
      { tree: ['deep/down/only.lua', 'b.lua'], files: ['only.lua'] },
      'deep/down/only.lua',
    ],
    [
      'in a foreign source with blanks around it',
      {
        tree: ['App/Tea.cs', 'Lib/Tea.cs'],
        files: ['Tea.cs'],
        sources: ['--source', '\n /code/shop/App \n'],
        format: 'cobertura',
      },
      'App/Tea.cs',
    ],
  ])('%s', (_, given, path) => {
    expect(pathsOf(given)).toEqual([path])
    expect(map(given)).toMatchObject({ ambiguous: [], unmapped: [] })
  })
})

describe('a path of a report is left out', () => {
  test('and both files are named when it fits two', () => {
    const given = { tree: ['packages/web/src/index.ts', 'packages/api/src/index.ts'], files: ['src/index.ts'] }
    expect(map(given)).toEqual({
      mapped: [],
      ambiguous: [
        { reportPath: 'src/index.ts', candidates: ['packages/api/src/index.ts', 'packages/web/src/index.ts'] },
      ],
      unmapped: [],
      foreign: [],
    })
  })

  test('when no source makes it a file, without touching its neighbours', () => {
    const found = map({
      tree: ['app/user.rb'],
      files: ['user.rb', 'member.rb'],
      sources: ['/builds/acme/widget/app'],
      format: 'cobertura',
    })
    expect(found.mapped.map(({ path }) => path)).toEqual(['app/user.rb'])
    expect(found.unmapped).toEqual(['member.rb'])
  })

  test.each<[string, Given]>([
    ['an installed package', { tree: ['src/index.js'], files: ['node_modules/tea/src/index.js'] }],
    [
      'another file of the name, once the report is known to fit',
      { tree: ['src/a.js', 'src/b.js'], files: ['src/a.js', 'gen/b.js'] },
    ],
    [
      'a deeper file under the same foreign root',
      { tree: ['index.js', 'lib/a.js'], files: ['/ci/index.js', '/ci/gen/index.js'] },
    ],
    [
      'a header of the system',
      {
        tree: ['src/a.c', 'src/b.h'],
        files: ['/builds/acme/widget/src/a.c', '/usr/include/src/b.h', '/usr/include/x/b.h'],
      },
    ],
    [
      'a class of a module that does not hold it',
      {
        tree: ['one/org/Tea.java', 'two/org/Pot.java'],
        files: [{ path: 'org/Tea.java', groups: ['two'] }],
        format: 'jacoco',
      },
    ],
  ])('when it is %s', (_, given) => {
    const found = map(given)
    const placed = found.mapped.map(({ file }) => file.path)
    expect(placed).not.toContain(typeof given.files.at(-1) === 'string' ? given.files.at(-1) : 'org/Tea.java')
    expect(found.ambiguous).toEqual([])
  })
})

describe('one name in several packages', () => {
  const names = (given: Given) => map(given).mapped.map(({ path, file }) => [file.package, path])
  const sources = ['/builds/acme/widget/one', '/builds/acme/widget/two']
  const tree = ['one/user.rb', 'two/user.rb']

  test('is dealt out among the sources, a file for each package', () => {
    const files = [0, 1].map((index) => ({ path: 'user.rb', package: `p${index}`, packageIndex: index }))
    expect(names({ tree, files, sources, format: 'cobertura' })).toEqual([
      ['p0', 'one/user.rb'],
      ['p1', 'two/user.rb'],
    ])
  })

  test('goes where the package says, whatever the order', () => {
    const files = ['two', 'one'].map((name, index) => ({ path: 'user.rb', package: name, packageIndex: index }))
    expect(names({ tree, files, sources, format: 'cobertura' })).toEqual([
      ['two', 'two/user.rb'],
      ['one', 'one/user.rb'],
    ])
  })

  test('is ambiguous when one package fits two sources', () => {
    const files = [{ path: 'user.rb', package: 'p', packageIndex: 0 }]
    expect(map({ tree, files, sources, format: 'cobertura' }).ambiguous).toEqual([
      { reportPath: 'user.rb', candidates: ['one/user.rb', 'two/user.rb'] },
    ])
  })
})

test('two runners with directories of their own give the same files', () => {
  expect(pathsOf({ tree: ['src/a.rb', 'src/b.rb'], files: ['/r/1/w/src/a.rb', '/r/2/w/src/a.rb'] })).toEqual([
    'src/a.rb',
    'src/a.rb',
  ])
})

const part = fc.constantFrom('a', 'b', 'lib', 'src', 'x.rb', 'y.rb')
const path = fc.array(part, { minLength: 1, maxLength: 5 }).map((parts) => parts.join('/'))

test('a file is only ever mapped to one that exists and has the same name', () => {
  fc.assert(
    fc.property(fc.array(path), fc.array(path), path, (tree, files, root) => {
      const known = new Set(tree)
      for (const found of map({ tree, files, roots: [`/${root}`], directory: root }).mapped) {
        expect(known.has(found.path)).toBe(true)
        expect(found.path.split('/').at(-1)).toBe(found.file.path.split('/').at(-1))
      }
    }),
  )
})

test('every file of the repository is found again below the checkout root, whatever else the report has', () => {
  fc.assert(
    fc.property(fc.uniqueArray(path, { minLength: 1 }), (tree) => {
      expect(pathsOf({ tree, files: tree.map((file) => `/builds/acme/widget/${file}`) })).toEqual(tree)
    }),
  )
})

test('the order of the files changes nothing', () => {
  const pairs = (tree: string[], files: string[]) =>
    map({ tree, files })
      .mapped.map((found) => `${found.file.path} ${found.path}`)
      .sort()
  fc.assert(
    fc.property(fc.array(path), fc.uniqueArray(path), (tree, files) => {
      expect(pairs(tree.toReversed(), files.toReversed())).toEqual(pairs(tree, files))
    }),
  )
})

test('a tail finds exactly the files that end with it on whole components', () => {
  fc.assert(
    fc.property(fc.uniqueArray(path), path, (tree, tail) => {
      const wanted = tree.filter((file) => file === tail || file.endsWith(`/${tail}`)).sort()
      expect(createTree(tree).endingWith(tail, 1000)).toEqual(wanted)
    }),
  )
})

test('paths are made comparable', () => {
  expect(['.\\a\\b.cs', './a/../b.rb', 'file:///x/y.js', 'a//b/'].map(unixPath)).toEqual([
    'a/b.cs',
    'b.rb',
    '/x/y.js',
    'a/b',
  ])
  expect(['/x/b.cs', 'C:\\y\\b.cs', 'c.cs'].map(mayBeOneOf(['lib/b.cs']))).toEqual([true, true, false])
})

test('a path that is as it should be is the same as one that had to be made so', () => {
  const anyPath = fc.string({ unit: fc.constantFrom('a', 'é', '.', '/', '\\') })
  fc.assert(fc.property(anyPath, (text) => void expect(unixPath(`file://${text}`)).toBe(unixPath(text))))
})

test('10,000 files find their place among 100,000 within seconds', () => {
  const tree = Array.from(
    { length: 100_000 },
    (_, index) => `pkg${index % 997}/src/dir${index % 31}/file${index % 5000}/index.ts`,
  )
  const files = Array.from({ length: 10_000 }, (_, index) => `/elsewhere/build/${tree[index * 7]}`)
  const start = performance.now()
  const found = map({ tree, files })
  expect(found.mapped.length).toBe(10_000)
  expect(performance.now() - start).toBeLessThan(10_000)
})
