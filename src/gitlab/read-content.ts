import type { Downloads } from './downloads.ts'
import type { GitLabReader } from './faces.ts'
import type { Lists } from './lists.ts'
import { parseFileDiff, parseTreeEntry } from './parse-content.ts'

/** UTF-8 bytes that go on with a character which began before the cut. */
const withoutCutStart = (bytes: Buffer): string => {
  let start = 0
  while (start < 3 && start < bytes.length && ((bytes[start] ?? 0) & 0xc0) === 0x80) start += 1
  return bytes.toString('utf8', start)
}

/** A path inside an archive keeps its slashes; everything else in it is encoded. */
const encodePath = (path: string): string => path.split('/').map(encodeURIComponent).join('/')

type Content =
  | 'trace'
  | 'artifactFile'
  | 'artifactFileTo'
  | 'artifactArchive'
  | 'mergeRequestDiffs'
  | 'rawDiffs'
  | 'repositoryTree'
  | 'rawFile'

/** What jobs wrote, and what repositories hold. */
export const createContentReader = ({
  downloads,
  lists,
}: {
  downloads: Downloads
  lists: Lists
}): Pick<GitLabReader, Content> => ({
  trace: async (project, job, { tailBytes }) =>
    withoutCutStart(await downloads.tail(`projects/${project}/jobs/${job}/trace`, tailBytes)),
  artifactFile: (project, job, path, { maxBytes }) =>
    downloads.bytes(`projects/${project}/jobs/${job}/artifacts/${encodePath(path)}`, '', maxBytes),
  artifactFileTo: (project, job, path, toPath, { maxBytes }) =>
    downloads.toFile(`projects/${project}/jobs/${job}/artifacts/${encodePath(path)}`, toPath, maxBytes),
  artifactArchive: (project, job, toPath, { maxBytes }) =>
    downloads.toFile(`projects/${project}/jobs/${job}/artifacts`, toPath, maxBytes),
  mergeRequestDiffs: (project, iid) => lists.all(`projects/${project}/merge_requests/${iid}/diffs`, parseFileDiff),
  rawDiffs: async (project, iid, { maxBytes }) =>
    (await downloads.bytes(`projects/${project}/merge_requests/${iid}/raw_diffs`, '', maxBytes)).toString('utf8'),
  repositoryTree: (project, sha, { path, mostEntries } = {}) =>
    lists.all(
      `projects/${project}/repository/tree`,
      parseTreeEntry,
      { ref: sha, recursive: true, path, pagination: 'keyset' },
      mostEntries === undefined ? {} : { mostPages: Math.ceil(mostEntries / 100) },
    ),
  rawFile: async (project, path, sha, { maxBytes }) => {
    const file = `projects/${project}/repository/files/${encodeURIComponent(path)}/raw`
    return (await downloads.bytes(file, `ref=${encodeURIComponent(sha)}`, maxBytes)).toString('utf8')
  },
})
