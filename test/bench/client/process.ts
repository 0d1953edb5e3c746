import { flood, handle, type Order, pace, saturate } from './orders.ts'
import { type Sink, startSink } from './sink.ts'

/** Sends load and stands for GitLab, in a process of its own: one clock sees the event go out and the call come in. */
let started: Sink | null = null

function theSink(): Sink {
  if (!started) throw new Error('the first order must be to start')
  return started
}

async function obey(order: Order): Promise<unknown> {
  switch (order.do) {
    case 'start':
      started = await startSink(order.answers)
      return started.port
    case 'saturate':
      return saturate(order)
    case 'handle':
      return handle(order, theSink())
    case 'pace':
      return pace(order, theSink())
    case 'flood':
      return flood(order, theSink())
    default:
      return order satisfies never
  }
}

process.on('message', (order: Order) => {
  obey(order).then(
    (result) => process.send?.({ result }),
    (error: Error) => process.send?.({ error: error.message }),
  )
})
// Its end is the end of the bench.
process.on('disconnect', () => process.exit(0))
