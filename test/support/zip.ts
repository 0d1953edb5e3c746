import { buffer } from 'node:stream/consumers'
import { ZipFile } from 'yazl'

export type ZipEntry = {
  path: string
  content?: string | Buffer
  /** false: stored as it is. */
  compress?: boolean
  /** Of Unix, with the type of the file. */
  mode?: number
}

/** A zip archive as a runner makes it; a path that ends with `/` is a folder. */
export const zipOf = (entries: readonly ZipEntry[]): Promise<Buffer> => {
  const zip = new ZipFile()
  for (const { path, content = '', ...options } of entries) {
    if (path.endsWith('/')) zip.addEmptyDirectory(path)
    else zip.addBuffer(Buffer.from(content), path, options)
  }
  zip.end()
  return buffer(zip.outputStream)
}

const centralHeader = Buffer.from('PK\x01\x02', 'latin1')
const headerLength = 46

/** Fields of an entry in the list at the end of an archive (APPNOTE.TXT 4.3.12). */
const fields = {
  flags: { at: 8, bytes: 2 },
  method: { at: 10, bytes: 2 },
  checksum: { at: 16, bytes: 4 },
  packedSize: { at: 20, bytes: 4 },
  size: { at: 24, bytes: 4 },
  offset: { at: 42, bytes: 4 },
} as const

type Field = keyof typeof fields

const headerOf = (archive: Buffer, path: string): number => {
  const name = Buffer.from(path)
  for (let at = archive.indexOf(centralHeader); at !== -1; at = archive.indexOf(centralHeader, at + 1)) {
    const start = at + headerLength
    if (archive.subarray(start, start + archive.readUInt16LE(at + 28)).equals(name)) return at
  }
  throw new Error(`${path} is not in the archive`)
}

export const fieldOf = (archive: Buffer, path: string, field: Field): number =>
  archive.readUIntLE(headerOf(archive, path) + fields[field].at, fields[field].bytes)

/** The archive with something else written in its list of entries. */
export const lying = (archive: Buffer, path: string, lies: Partial<Record<Field, number>>): Buffer => {
  const copy = Buffer.from(archive)
  for (const [field, value] of Object.entries(lies)) {
    const { at, bytes } = fields[field as Field]
    copy.writeUIntLE(value, headerOf(copy, path) + at, bytes)
  }
  return copy
}

/** The archive with another name of the same length, wherever it stands. */
export const renamed = (archive: Buffer, from: string, to: string): Buffer =>
  Buffer.from(archive.toString('latin1').replaceAll(from, to), 'latin1')
