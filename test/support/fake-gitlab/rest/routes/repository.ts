import { createHash } from 'node:crypto'
import { z } from 'zod'
import { diffsBetween, findCommit } from '../../git.ts'
import type { Commit } from '../../types.ts'
import { commitEntity } from '../entities/common.ts'
import { mergeRequestBasic } from '../entities/merge-request.ts'
import { notFound } from '../errors.ts'
import { commitOf } from '../find.ts'
import { keysetPaged, paged, pageParams } from '../pages.ts'
import { flag, text } from '../params.ts'
import { ok, plainText, projectRoute, type Route } from '../route.ts'
import { diffEntity } from './merge-requests.ts'

type Entry = { id: string; name: string; type: 'tree' | 'blob'; path: string; mode: string }

const entry = (path: string, type: Entry['type']): Entry => ({
  id: createHash('sha1').update(path).digest('hex'),
  name: path.split('/').at(-1) ?? path,
  type,
  path,
  mode: type === 'tree' ? '040000' : '100644',
})

/** All folders and files below a folder, folders first. */
const entriesBelow = (commit: Commit, folder: string): Entry[] => {
  const prefix = folder === '' ? '' : `${folder}/`
  const files = Object.keys(commit.files).filter((path) => path.startsWith(prefix))
  const folders = new Set(
    files.flatMap((path) =>
      path
        .split('/')
        .slice(0, -1)
        .map((_, depth, parts) => parts.slice(0, depth + 1).join('/')),
    ),
  )
  const below = [...folders].filter((path) => path.startsWith(prefix) && path !== folder)
  return [...below.sort().map((path) => entry(path, 'tree')), ...files.sort().map((path) => entry(path, 'blob'))]
}

const isDirectlyIn = (folder: string, path: string): boolean =>
  !path.slice(folder === '' ? 0 : folder.length + 1).includes('/')

const treeParams = {
  path: text.optional(),
  ref: text.optional(),
  recursive: flag.optional(),
  pagination: z.enum(['legacy', 'keyset']).optional(),
  page_token: text.optional(),
  ...pageParams,
}

export const repositoryRoutes: Route[] = [
  projectRoute('GET', '/repository/tree', { role: 'reporter', scopes: ['read_repository'] }, treeParams, (call) => {
    const commit = findCommit(call.project, call.params.ref ?? call.project.defaultBranch)
    const folder = call.params.path ?? ''
    const all = commit === null ? [] : entriesBelow(commit, folder)
    if (all.length === 0) throw notFound('Tree')
    const found = call.params.recursive ? all : all.filter(({ path }) => isDirectlyIn(folder, path))
    return call.params.pagination === 'keyset' ? keysetPaged(call, found) : paged(call, found, (item) => item)
  }),
  projectRoute(
    'GET',
    '/repository/files/:path/raw',
    { role: 'reporter', scopes: ['read_repository'] },
    { ref: text.optional(), lfs: flag.optional() },
    (call) => {
      const commit = findCommit(call.project, call.params.ref ?? call.project.defaultBranch)
      if (commit === null) throw notFound('Commit')
      const path = call.segment('path')
      const content = Object.hasOwn(commit.files, path) ? commit.files[path] : undefined
      if (content === undefined) throw notFound('File')
      return plainText(content)
    },
  ),
  projectRoute(
    'GET',
    '/repository/compare',
    { role: 'reporter', scopes: ['read_repository'] },
    { from: text, to: text, straight: flag.optional() },
    (call) => {
      const [from, to] = [call.params.from, call.params.to].map((sha) => findCommit(call.project, sha))
      if (!from || !to) throw notFound('Ref')
      const diffs = diffsBetween(from.files, to.files).map((diff) => diffEntity(false, diff))
      return ok({ commits: [], diffs, compare_timeout: false, compare_same_ref: from === to })
    },
  ),
  projectRoute('GET', '/repository/commits/:sha', { role: 'reporter' }, { stats: flag.optional() }, (call) => {
    const commit = commitOf(call)
    const newest = call.project.pipelines.findLast((pipeline) => pipeline.sha === commit.sha)
    return ok({ ...commitEntity(call.world, call.project, commit), status: newest?.status ?? null })
  }),
  projectRoute(
    'GET',
    '/repository/commits/:sha/merge_requests',
    { role: 'reporter' },
    { state: text.optional(), ...pageParams },
    (call) => {
      const { sha } = commitOf(call)
      const found = call.project.mergeRequests.filter(({ versions }) => versions.some(({ head }) => head === sha))
      return paged(call, found, (one) => mergeRequestBasic(call.world, one))
    },
  ),
]
