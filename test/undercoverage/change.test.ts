import { describe, expect, it } from 'vitest'
import type { FileDiff } from '../../src/gitlab/content-types.ts'
import type { GitLabReader } from '../../src/gitlab/faces.ts'
import { readChange } from '../../workers/undercoverage/read-change.ts'

const hunk = '@@ -1,1 +1,2 @@\n apple\n+pear\n'
const raw = (path: string) => `diff --git a/${path} b/${path}\n--- a/${path}\n+++ b/${path}\n${hunk}`
const listed = (path: string): FileDiff => ({
  oldPath: path,
  newPath: path,
  created: false,
  renamed: false,
  deleted: false,
  oldMode: '100644',
  newMode: '100644',
  text: hunk,
  leftOut: false,
})

describe('a merged result of which GitLab lists only a part', () => {
  const change = { project: 41, mergeRequest: 6, sha: 'merged', head: 'source', isMergedResult: true, isCut: true }
  const gitlab = {
    commitDiffs: async () => [listed('lib/a.rb')],
    rawDiffs: async () => ['lib/a.rb', 'lib/b.rb', 'lib/c.rb'].map(raw).join(''),
    rawFile: async (_project: number, path: string, commit: string) => (path === 'lib/b.rb' ? 'same' : commit),
  } as unknown as GitLabReader

  it('is completed by the files that are the same in the source branch, and the others are named', async () => {
    const { files, incomplete } = await readChange(change, gitlab)
    expect(files.map(({ newPath }) => newPath)).toEqual(['lib/a.rb', 'lib/b.rb'])
    expect(incomplete).toEqual([{ path: 'lib/c.rb', because: 'GitLab lists only a part of its files' }])
  })

  it('that is whole is taken as it is listed', async () => {
    const { files, incomplete } = await readChange({ ...change, isCut: false }, gitlab)
    expect(files.map(({ newPath }) => newPath)).toEqual(['lib/a.rb'])
    expect(incomplete).toEqual([])
  })
})
