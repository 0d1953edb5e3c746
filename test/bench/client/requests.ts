import { idSlot, projectSlot } from '../deliveries.ts'

export type Templates = {
  /** Sent in turn. */
  requests: string[]
  /** From how many projects the events come. */
  projects: number
}

type Prepared = { bytes: Buffer; ids: number[]; projects: number[] }

const firstProject = Number(projectSlot)

/** Ids must be new in every order: what is about the same thing is the same fact. */
let id = 1_000_000_000

/** Each call gives the next request, with ids of its own. */
export function createRequests({ requests, projects }: Templates): () => { id: number; bytes: Buffer } {
  const prepared = requests.map(prepare)
  let turn = 0
  return () => {
    const template = prepared[turn % prepared.length]
    if (!template) throw new Error('there is nothing to send')
    turn += 1
    id += 1
    return { id, bytes: filled(template, id, firstProject + (turn % projects)) }
  }
}

function prepare(text: string): Prepared {
  const bytes = Buffer.from(text)
  return { bytes, ids: placesOf(bytes, idSlot), projects: placesOf(bytes, projectSlot) }
}

function placesOf(bytes: Buffer, slot: string): number[] {
  const places: number[] = []
  for (let at = bytes.indexOf(slot); at >= 0; at = bytes.indexOf(slot, at + 1)) places.push(at)
  return places
}

function filled({ bytes, ids, projects }: Prepared, id: number, project: number): Buffer {
  const request = Buffer.from(bytes)
  for (const place of ids) request.write(String(id), place, 'latin1')
  for (const place of projects) request.write(String(project), place, 'latin1')
  return request
}
