import { createConnection } from 'node:net'

/**
 * Sends one inline command to a unix socket and gives the first line of the reply.
 *
 * For the moments when no client is wanted yet: waiting for a start, ending a server. Never throws.
 * @returns null when nobody answers within `patience` milliseconds, '' when the connection was closed without a reply.
 */
export const ask = (socket: string, command: string, patience = 1000): Promise<string | null> =>
  new Promise((resolve) => {
    const connection = createConnection(socket)
    let connected = false
    let reply = ''
    const finish = (answer: string | null) => {
      resolve(answer)
      connection.destroy()
    }
    connection.setTimeout(patience, () => finish(null))
    connection.on('connect', () => {
      connected = true
      connection.write(`${command}\r\n`)
    })
    connection.on('data', (chunk) => {
      reply += chunk.toString('latin1')
      if (reply.includes('\r\n')) finish(reply.slice(0, reply.indexOf('\r\n')))
    })
    connection.on('error', () => finish(connected ? '' : null))
    connection.on('close', () => finish(connected ? '' : null))
  })
