import { fork } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createReadStream, createWriteStream } from 'node:fs'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { ZipFile } from 'yazl'
import { startRawServer } from '../gitlab/serve.ts'
import { zipOf } from '../support/zip.ts'

const megabyte = 1024 * 1024

let folder: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pipewarden-memory-'))
})

afterEach(() => rm(folder, { recursive: true }))

/** Half of it stored, half of it packed: noise, so that it is as large packed as unpacked. */
const writeArchive = async (path: string): Promise<void> => {
  const zip = new ZipFile()
  const noise = randomBytes(25 * megabyte)
  for (let index = 0; index < 8; index += 1) {
    zip.addBuffer(noise, `out/large${index}.xml`, index % 2 === 0 ? { compress: false } : { compressionLevel: 1 })
  }
  zip.end()
  await pipeline(zip.outputStream, createWriteStream(path))
}

it('an archive of 200 MB takes less than half of its size', async () => {
  const archive = join(folder, 'a.zip')
  await writeArchive(archive)
  const small = await zipOf([{ path: 'small.xml', content: '<small/>' }])
  const server = await startRawServer(({ url }, response) => {
    if (url?.includes('/jobs/1/')) response.end(small)
    else createReadStream(archive).pipe(response)
  })
  const temporary = join(folder, 'temporary')
  const child = fork(fileURLToPath(new URL('./memory-child.ts', import.meta.url)), [server.url, temporary], {
    execArgv: ['--import', 'tsx'],
  })
  try {
    const [measured] = await once(child, 'message')
    expect(measured).toMatchObject({ state: 'read', files: 8, problems: [], bytes: 200 * megabyte })
    // V8 lets 64 MB of buffers pile up before it collects them; more would be ours.
    expect(measured.extraBytes).toBeLessThan(100 * megabyte)
    expect(await readdir(temporary)).toEqual([])
  } finally {
    child.kill()
    await server.close()
  }
})
