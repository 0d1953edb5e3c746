import { randomUUID } from 'node:crypto'
import { createServer, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'

/** An object storage on another host: gives what was put there, and remembers which headers it was shown. */
export type Storage = {
  put(content: Buffer): string
  requests: { path: string; headers: IncomingHttpHeaders }[]
  close(): Promise<void>
}

export const startStorage = async (): Promise<Storage> => {
  const objects = new Map<string, Buffer>()
  const requests: Storage['requests'] = []
  const server = createServer((request, response) => {
    const path = request.url ?? ''
    requests.push({ path, headers: request.headers })
    const content = objects.get(path)
    response.writeHead(content === undefined ? 403 : 200, { 'content-type': 'application/zip' }).end(content)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  // Another name for the same machine: another host as far as redirects are concerned.
  const base = `http://localhost:${(server.address() as AddressInfo).port}`
  return {
    requests,
    put: (content) => {
      const path = `/${randomUUID()}?signature=once`
      objects.set(path, content)
      return `${base}${path}`
    },
    close: async () => {
      const closed = new Promise((resolve) => server.close(resolve))
      server.closeAllConnections()
      await closed
    },
  }
}
