import { createHash } from 'node:crypto'
import { chmod, lstat, mkdir } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Bytes of a unix socket's path on the system that allows least (macOS: 104 with the final zero; Linux: 108). */
const LONGEST_PATH = 103

/**
 * Where the socket of a private Redis goes: beside its data, or in a short folder that is always the same for this data.
 *
 * @param folder Absolute.
 * @throws Error when the short folder belongs to somebody else.
 */
export const socketPath = async (folder: string, temporary = tmpdir()): Promise<string> => {
  const path = join(folder, 'redis.sock')
  if (Buffer.byteLength(path) <= LONGEST_PATH) return path
  const name = createHash('sha256').update(folder).digest('hex').slice(0, 16)
  const short = join(temporary, `pipewarden-${name}`)
  await mkdir(short, { mode: 0o700 }).catch(ignoreExisting)
  await assertOurs(short)
  return join(short, 'redis.sock')
}

const ignoreExisting = (error: NodeJS.ErrnoException): void => {
  if (error.code !== 'EEXIST') throw error
}

/** In a folder like /tmp anybody may have made it before us. */
const assertOurs = async (folder: string): Promise<void> => {
  const found = await lstat(folder)
  if (!found.isDirectory() || found.uid !== process.getuid?.()) {
    throw new Error(`${folder} belongs to somebody else; choose a shorter PIPEWARDEN_DATA_DIR`)
  }
  await chmod(folder, 0o700)
}
