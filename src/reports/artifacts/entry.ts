import { type Entry, getFileNameLowLevel, validateFileName } from 'yauzl'
import { problem, sizeText } from './problems.ts'
import type { ArtifactLimits, ArtifactProblem } from './types.ts'

/** Characters; a list of endless names takes endless time to match. */
const longestPath = 1024
const unix = 3
const typeBits = 0o170000
const symbolicLink = 0o120000

/** As the archive writes it, which may lead anywhere: yauzl itself would give up the whole archive at a bad one. */
export const nameOf = (entry: Entry): string =>
  getFileNameLowLevel(entry.generalPurposeBitFlag, entry.fileNameRaw, entry.extraFields, true)

/** Why a name is refused; null: it is a path below the top of the archive. */
export const unsafeName = (name: string): ArtifactProblem | null => {
  if (name.length > longestPath) return problem(name, 'unsafe_name', `its name has ${name.length} characters`)
  if (name.includes('\0') || validateFileName(name) !== null) {
    return problem(name, 'unsafe_name', 'its name leads out of the archive')
  }
  return null
}

export const isFolder = (name: string): boolean => name.endsWith('/')

const isLink = ({ versionMadeBy, externalFileAttributes }: Entry): boolean =>
  versionMadeBy >>> 8 === unix && ((externalFileAttributes >>> 16) & typeBits) === symbolicLink

/** Why a matching entry is not read; null: nothing speaks against it. */
export const refusalOfEntry = (path: string, entry: Entry, limits: ArtifactLimits): ArtifactProblem | null => {
  const { compressedSize, uncompressedSize, compressionMethod } = entry
  if (isLink(entry)) return problem(path, 'link', 'it is a symbolic link, which is not followed')
  if (entry.isEncrypted()) return problem(path, 'encrypted', 'it is encrypted')
  if (!entry.canDecodeFileData()) {
    return problem(path, 'unknown_compression', `it is packed by method ${compressionMethod}, which is not known`)
  }
  if (uncompressedSize > limits.file) {
    return problem(
      path,
      'too_large',
      `it has ${sizeText(uncompressedSize)}, more than the ${sizeText(limits.file)} that are read`,
    )
  }
  if (uncompressedSize > limits.ratioFrom && uncompressedSize > limits.ratio * compressedSize) {
    return problem(path, 'ratio', `it unpacks to more than ${limits.ratio} times its size, as no report does`)
  }
  return null
}
