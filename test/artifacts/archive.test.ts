import { randomBytes } from 'node:crypto'
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { pathMatcher } from '../../src/match.ts'
import { readArchive } from '../../src/reports/artifacts/archive.ts'
import { type ArtifactFile, type ArtifactLimits, defaultArtifactLimits } from '../../src/reports/artifacts/types.ts'
import { fieldOf, lying, renamed, type ZipEntry, zipOf } from '../support/zip.ts'

let folder: string
let descriptors: number

const openDescriptors = async (): Promise<number> => (await readdir('/dev/fd')).length

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pipewarden-archive-'))
  descriptors = await openDescriptors()
})

afterEach(async () => {
  expect(await openDescriptors()).toBe(descriptors)
  await rm(folder, { recursive: true })
})

type Options = {
  patterns?: string[]
  limits?: Partial<ArtifactLimits>
  handle?: (file: ArtifactFile) => Promise<void>
}

/** What was handed over, by path, and the outcome. */
const read = async (archive: Buffer, { patterns = ['**/*.xml'], limits = {}, handle }: Options = {}) => {
  const path = join(folder, 'a.zip')
  await writeFile(path, archive)
  const contents: Record<string, string> = {}
  const collect = async (file: ArtifactFile): Promise<void> => {
    contents[file.path] = (await buffer(await file.open())).toString('latin1')
  }
  const outcome = await readArchive(path, {
    wants: pathMatcher(patterns),
    limits: { ...defaultArtifactLimits, ...limits },
    handle: handle ?? collect,
  })
  return { ...outcome, contents }
}

const good: ZipEntry = { path: 'good.xml', content: '<good/>' }
const bad: ZipEntry = { path: 'bad.xml', content: '<bad>content that packs well well well well well</bad>' }

describe('files of an archive', () => {
  it('are handed over when their path fits, packed or stored, as they are', async () => {
    const packed = gzipSync('<report/>')
    const archive = await zipOf([
      { path: 'reports/' },
      { path: 'reports/junit one.xml', content: '<one/>' },
      { path: 'reports/deep/junit-2.xml', content: '<two/>', compress: false },
      { path: 'reports/junit.xml.gz', content: packed },
      { path: 'reports/größe.xml', content: '' },
      { path: 'log/junit.txt', content: 'no' },
    ])
    expect(await read(archive, { patterns: ['**/junit*.xml', '**/*.gz', 'reports/g*.xml'] })).toEqual({
      state: 'read',
      files: 4,
      problems: [],
      contents: {
        'reports/junit one.xml': '<one/>',
        'reports/deep/junit-2.xml': '<two/>',
        'reports/junit.xml.gz': packed.toString('latin1'),
        'reports/größe.xml': '',
      },
    })
  })

  it('may be many, among many more', async () => {
    const archive = await zipOf(
      Array.from({ length: 2000 }, (_, index) => ({
        path: `coverage/file${index}.${index % 5 === 0 ? 'xml' : 'html'}`,
        content: `<file number="${index}"/>`,
      })),
    )
    const { files, contents, problems } = await read(archive)
    expect([files, problems]).toEqual([400, []])
    expect(contents['coverage/file1995.xml']).toBe('<file number="1995"/>')
  })

  it('may be none', async () => {
    expect(await read(await zipOf([]))).toMatchObject({ state: 'read', files: 0, problems: [] })
  })

  it('tell their size, may be opened twice, and may be left unread', async () => {
    const seen: [string, number, string][] = []
    const large = 'x'.repeat(500_000)
    const handle = async ({ path, size, open }: ArtifactFile): Promise<void> => {
      if (path === 'skipped.xml') return
      await open()
      for await (const piece of await open()) {
        seen.push([path, size, String(piece).slice(0, 1)])
        return
      }
    }
    const archive = await zipOf([{ path: 'skipped.xml' }, { path: 'large.xml', content: large }, good])
    expect(await read(archive, { handle })).toMatchObject({ state: 'read', files: 3, problems: [] })
    expect(seen).toEqual([
      ['large.xml', 500_000, 'x'],
      ['good.xml', 7, '<'],
    ])
  })

  it('end with whatever their reader throws', async () => {
    const failure = new Error('the store is away')
    const handle = async ({ open }: ArtifactFile): Promise<void> => {
      await open()
      throw failure
    }
    await expect(read(await zipOf([good]), { handle })).rejects.toBe(failure)
  })
})

type Hostile = {
  title: string
  entry?: ZipEntry
  change?: (archive: Buffer) => Buffer
  limits?: Partial<ArtifactLimits>
}
type Refused = Hostile & { what: string; why: RegExp; path?: string }

const refused: Refused[] = [
  { title: 'a symbolic link', entry: { ...bad, mode: 0o120777 }, what: 'link', why: /not followed/ },
  {
    title: 'an encrypted file',
    change: (archive) => lying(archive, 'bad.xml', { flags: 1 }),
    what: 'encrypted',
    why: /it is encrypted/,
  },
  {
    title: 'a file packed in an unknown way',
    change: (archive) => lying(archive, 'bad.xml', { method: 93 }),
    what: 'unknown_compression',
    why: /by method 93/,
  },
  {
    title: 'a file that is too large',
    limits: { file: 50 },
    what: 'too_large',
    why: /it has 54 bytes, more than the 50 bytes that are read/,
  },
  {
    title: 'a bomb',
    entry: { ...bad, content: Buffer.alloc(11 * 1024 * 1024) },
    what: 'ratio',
    why: /more than 300 times its size/,
  },
  {
    title: 'a file that claims to be gigantic',
    change: (archive) => lying(archive, 'bad.xml', { size: 0xfffffffe }),
    what: 'too_large',
    why: /it has 4096 MB/,
  },
  {
    title: 'a file with fewer bytes than it claims',
    change: (archive) => lying(archive, 'bad.xml', { size: 55 }),
    what: 'malformed',
    why: /broken there: not enough bytes/,
  },
  {
    title: 'a file with more bytes than it claims',
    change: (archive) => lying(archive, 'bad.xml', { size: 5 }),
    what: 'malformed',
    why: /broken there: too many bytes/,
  },
  {
    title: 'a file with a wrong checksum',
    change: (archive) => lying(archive, 'bad.xml', { checksum: 7 }),
    what: 'malformed',
    why: /broken there: its checksum is wrong/,
  },
  {
    title: 'a file beyond the end of the archive',
    change: (archive) => lying(archive, 'bad.xml', { offset: 0xffffff }),
    what: 'malformed',
    why: /broken there: it ends too early/,
  },
  {
    title: 'a file whose data would not fit in the archive',
    change: (archive) => lying(archive, 'bad.xml', { packedSize: 0xffffff }),
    what: 'malformed',
    why: /broken there: file data overflows/,
  },
  {
    title: 'a file whose packed data is garbage',
    change: (archive) => {
      const copy = Buffer.from(archive)
      copy.fill(0xff, copy.indexOf('bad.xml') + 7, copy.indexOf('bad.xml') + 17)
      return copy
    },
    what: 'malformed',
    why: /broken there: invalid/,
  },
  ...['../x.xml', 'a/../..', '/abs.xml', 'a\\b.xml', 'C:/x.xml', 'nul\0.xml', './../x.xml'].map((name) => ({
    title: `a file that is called ${JSON.stringify(name)}`,
    entry: { ...bad, path: 'n'.repeat(name.length) },
    change: (archive: Buffer) => renamed(archive, 'n'.repeat(name.length), name),
    what: 'unsafe_name',
    why: /leads out of the archive/,
    path: name,
  })),
  {
    title: 'a file with an endless name',
    entry: { ...bad, path: `${'d/'.repeat(1000)}bad.xml` },
    what: 'unsafe_name',
    why: /its name has 2007 characters/,
    path: 'd/'.repeat(150),
  },
  {
    title: 'a second file of the same name',
    entry: { ...bad, path: 'GOOD.xml' },
    change: (archive) => renamed(archive, 'GOOD.xml', 'good.xml'),
    what: 'repeated',
    why: /twice, and the first was read/,
    path: 'good.xml',
  },
]

describe('in an archive, only this is left out and told:', () => {
  it.each(refused)('$title', async ({ entry = bad, change = (archive) => archive, limits = {}, what, why, path }) => {
    const last = { path: 'last.xml', content: '<last/>' }
    const archive = change(await zipOf([good, entry, last]))
    const { state, files, problems, contents } = await read(archive, { limits, patterns: ['**/*.xml', '**/n*'] })
    expect({ state, files }).toEqual({ state: 'read', files: 2 })
    expect(contents).toMatchObject({ 'good.xml': '<good/>', 'last.xml': '<last/>' })
    expect(problems).toEqual([{ path: path ?? 'bad.xml', what, why: expect.stringMatching(why) }])
  })

  it('what goes over the sum of all files, also when they share their data', async () => {
    const names = Array.from({ length: 40 }, (_, index) => `n${String(index).padStart(2, '0')}.xml`)
    const content = randomBytes(10_000)
    let archive = await zipOf(names.map((path) => ({ path, content })))
    for (const name of names.slice(1)) archive = lying(archive, name, { offset: fieldOf(archive, 'n00.xml', 'offset') })
    const { files, problems } = await read(archive, { limits: { unpacked: 100_000 } })
    expect(files).toBe(10)
    expect(problems[0]).toEqual({
      path: 'n10.xml',
      what: 'too_large',
      why: 'the files up to it unpack to more than 100000 bytes',
    })
  })

  it.each([
    ['hides', () => undefined],
    [
      'throws as its own',
      (cause: unknown) => {
        throw new Error('unreadable', { cause })
      },
    ],
  ])('a failure that the reader of the file %s', async (_, onFailure) => {
    const archive = lying(await zipOf([bad]), 'bad.xml', { checksum: 7 })
    const handle = async ({ open }: ArtifactFile): Promise<void> => {
      await buffer(await open()).catch(onFailure)
    }
    expect(await read(archive, { handle })).toMatchObject({ files: 0, problems: [{ what: 'malformed' }] })
  })

  it('no more problems than a person would read', async () => {
    const links = Array.from({ length: 30 }, (_, index) => ({ path: `l${index}.xml`, mode: 0o120777 }))
    const { problems } = await read(await zipOf(links), { limits: { problems: 5 } })
    expect(problems.map(({ path }) => path)).toEqual(['l0.xml', 'l1.xml', 'l2.xml', 'l3.xml', 'l4.xml'])
    expect(problems.at(-1)?.why).toBe('it is a symbolic link, which is not followed; and 25 more problems')
  })
})

describe('an archive', () => {
  it('with more entries than allowed is not read', async () => {
    const archive = await zipOf(Array.from({ length: 11 }, (_, index) => ({ path: `${index}.xml` })))
    const why = 'it has 11 entries, more than the 10 that are read'
    expect(await read(archive, { limits: { entries: 10 } })).toEqual({
      state: 'unreadable',
      files: 0,
      problems: [{ path: null, what: 'too_many_entries', why }],
      contents: {},
    })
  })

  it.each([
    ['is empty', Buffer.alloc(0)],
    ['is a page', Buffer.from('<html>Sign in</html>'.repeat(50))],
    ['is packed by gzip', gzipSync('<report/>')],
  ])('that %s is told to be none', async (_, archive) => {
    expect(await read(archive)).toMatchObject({ state: 'unreadable', files: 0, problems: [{ what: 'malformed' }] })
  })

  it('that breaks off in its list of entries gives what came before', async () => {
    const archive = await zipOf([good, bad])
    archive[archive.lastIndexOf('PK\x01\x02', undefined, 'latin1')] = 0
    const { state, files, problems } = await read(archive)
    expect({ state, files }).toEqual({ state: 'unreadable', files: 1 })
    expect(problems).toMatchObject([{ path: null, what: 'malformed' }])
  })

  const entries: ZipEntry[] = [
    good,
    { path: 'packed.xml', content: '<packed>'.repeat(30) },
    { path: 'stored.xml', content: '<stored/>', compress: false },
  ]
  const originals = new Set(entries.map(({ content }) => content))

  it('that is cut off anywhere is told to be broken', async () => {
    const whole = await zipOf(entries)
    await fc.assert(
      fc.asyncProperty(fc.nat(whole.length - 1), async (length) => {
        const { state, files, problems } = await read(whole.subarray(0, length))
        expect({ state, files }).toEqual({ state: 'unreadable', files: 0 })
        expect(problems).toMatchObject([{ path: null, what: 'malformed' }])
      }),
      { numRuns: 60 },
    )
  })

  it('with any byte changed never gives a changed file for a whole one', async () => {
    const whole = await zipOf(entries)
    await fc.assert(
      fc.asyncProperty(fc.nat(whole.length - 1), fc.integer({ min: 1, max: 255 }), async (at, change) => {
        const archive = Buffer.from(whole)
        archive[at] = (archive[at] ?? 0) ^ change
        const wholeFiles: string[] = []
        const handle = async ({ open }: ArtifactFile): Promise<void> => {
          wholeFiles.push((await buffer(await open())).toString('latin1'))
        }
        const { files } = await read(archive, { patterns: ['**'], handle })
        expect(wholeFiles).toHaveLength(files)
        expect(wholeFiles.filter((content) => !originals.has(content))).toEqual([])
      }),
      { numRuns: 300 },
    )
  })
})
