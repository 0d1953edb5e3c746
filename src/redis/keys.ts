const PREFIX = 'pipewarden'

/**
 * A key of ours. Everything with the same tag lies in one slot of a Redis Cluster, so that scripts may touch it together.
 *
 * @throws Error for parts that would break the name: braces, colons in the tag, line breaks, nothing at all.
 */
export const key = (tag: string, ...parts: (string | number)[]): string => {
  if (!isTag(tag)) throw new Error(`not usable as the tag of a Redis key: ${JSON.stringify(tag)}`)
  const bad = parts.find((part) => !isPart(String(part)))
  if (bad !== undefined) throw new Error(`not usable as a part of a Redis key: ${JSON.stringify(bad)}`)
  return [`{${PREFIX}:${tag}}`, ...parts].join(':')
}

/** The prefix of a BullMQ queue: all keys of a queue must lie in one slot. */
export const queuePrefix = (queue: string): string => key(queue)

const isTag = (text: string): boolean => /^[^{}:\p{Cc}]+$/u.test(text)
const isPart = (text: string): boolean => /^[^{}\p{Cc}]+$/u.test(text)
