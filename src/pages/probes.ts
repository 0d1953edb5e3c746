import { Hono } from 'hono'

/** Something a delivery needs on its way; `check` resolves to null when it works, else to what is missing. */
export type Need = { name: string; check(): Promise<string | null> }

const patienceMs = 2_000

/**
 * `/healthz`: the process lives. `/readyz`: a delivery sent now would be accepted and processed.
 *
 * @param warnings what does not work although deliveries do
 */
export function createProbes(needs: readonly Need[], warnings: readonly Need[] = []): Hono {
  const app = new Hono()
  app.get('/healthz', (context) => context.json({ status: 'ok' }))
  app.get('/readyz', async (context) => {
    const [missing, warned] = await Promise.all([needs, warnings].map(allMissing))
    const more = warned?.length ? { warnings: warned } : {}
    return !missing?.length
      ? context.json({ status: 'ready', ...more })
      : context.json({ status: 'not ready', missing, ...more }, 503, { 'retry-after': '5' })
  })
  return app
}

const allMissing = async (needs: readonly Need[]): Promise<string[]> =>
  (await Promise.all(needs.map(whatIsMissing))).flat()

async function whatIsMissing({ name, check }: Need): Promise<string[]> {
  const timeout = AbortSignal.timeout(patienceMs)
  const late = new Promise<string>((resolve) => {
    timeout.addEventListener('abort', () => resolve(`no answer within ${patienceMs} ms`))
  })
  const because = await Promise.race([check(), late]).catch((error: Error) => error.message)
  return because === null ? [] : [`${name}: ${because}`]
}
