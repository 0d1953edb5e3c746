import { Hono } from 'hono'

/** Something a delivery needs on its way; `check` resolves to null when it works, else to what is missing. */
export type Need = { name: string; check(): Promise<string | null> }

const patienceMs = 2_000

/** `/healthz`: the process lives. `/readyz`: a delivery sent now would be accepted and processed. */
export function createProbes(needs: readonly Need[]): Hono {
  const app = new Hono()
  app.get('/healthz', (context) => context.json({ status: 'ok' }))
  app.get('/readyz', async (context) => {
    const missing = (await Promise.all(needs.map(whatIsMissing))).flat()
    return missing.length === 0
      ? context.json({ status: 'ready' })
      : context.json({ status: 'not ready', missing }, 503, { 'retry-after': '5' })
  })
  return app
}

async function whatIsMissing({ name, check }: Need): Promise<string[]> {
  const timeout = AbortSignal.timeout(patienceMs)
  const late = new Promise<string>((resolve) => {
    timeout.addEventListener('abort', () => resolve(`no answer within ${patienceMs} ms`))
  })
  const because = await Promise.race([check(), late]).catch((error: Error) => error.message)
  return because === null ? [] : [`${name}: ${because}`]
}
