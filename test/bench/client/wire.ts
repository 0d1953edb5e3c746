import { once } from 'node:events'
import { connect } from 'node:net'

export type Connection = {
  /** One request at a time; what is answered goes to `onAnswer`. */
  write(request: Buffer): void
  close(): void
}

const endOfHead = '\r\n\r\n'

/**
 * A keep-alive connection that costs as little as possible, so that it is the server that is measured:
 * a client of comfort takes more of the machine than the servers do.
 */
export async function open(port: number, onAnswer: (status: number) => void): Promise<Connection> {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true })
  let received = ''
  socket.setEncoding('latin1')
  socket.on('error', (error) => {
    throw error
  })
  socket.on('data', (piece: string) => {
    received += piece
    if (!isWhole(received)) return
    const status = Number(received.slice(9, 12))
    received = ''
    onAnswer(status)
  })
  await once(socket, 'connect')
  return { write: (request) => void socket.write(request), close: () => void socket.destroy() }
}

function isWhole(answer: string): boolean {
  const head = answer.indexOf(endOfHead)
  if (head < 0) return false
  const length = /\r\ncontent-length: (\d+)/i.exec(answer.slice(0, head + 2))?.[1]
  if (length === undefined && !answer.startsWith('HTTP/1.1 204')) throw new Error(`no length: ${answer.slice(0, head)}`)
  return answer.length >= head + endOfHead.length + Number(length ?? 0)
}
