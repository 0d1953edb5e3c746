/** Remembers what `load` gave for a key; failures are not remembered, and calls at the same time share one. */
export const createCache = <Value>({ ms, entries }: { ms: number; entries: number }) => {
  const kept = new Map<string | number, { value: Promise<Value>; until: number }>()

  const keep = (key: string | number, value: Promise<Value>): Promise<Value> => {
    const oldest = kept.size >= entries ? kept.keys().next() : undefined
    if (oldest !== undefined && !oldest.done) kept.delete(oldest.value)
    kept.set(key, { value, until: performance.now() + ms })
    value.catch(() => kept.delete(key))
    return value
  }

  return (key: string | number, load: () => Promise<Value>): Promise<Value> => {
    const found = kept.get(key)
    return found !== undefined && found.until > performance.now() ? found.value : keep(key, load())
  }
}
