import { z } from 'zod'

/** Slack's documented limits of Block Kit; a message that breaks one is refused whole with `invalid_blocks`. */
const plainText = (longest: number) =>
  z.object({ type: z.literal('plain_text'), text: z.string().min(1).max(longest), emoji: z.boolean().optional() })

const markdown = (longest: number) =>
  z.object({ type: z.literal('mrkdwn'), text: z.string().min(1).max(longest), verbatim: z.boolean().optional() })

const anyText = (longest: number) => z.union([plainText(longest), markdown(longest)])

const button = z.strictObject({
  type: z.literal('button'),
  text: plainText(75),
  action_id: z.string().max(255).optional(),
  url: z.url().max(3000).optional(),
  value: z.string().max(2000).optional(),
  style: z.enum(['primary', 'danger']).optional(),
  accessibility_label: z.string().max(75).optional(),
})

const image = { image_url: z.url().max(3000), alt_text: z.string().min(1).max(2000) }
const blockId = { block_id: z.string().max(255).optional() }

const block = z.discriminatedUnion('type', [
  z.strictObject({
    ...blockId,
    type: z.literal('section'),
    text: anyText(3000).optional(),
    fields: z.array(anyText(2000)).min(1).max(10).optional(),
    accessory: z.union([button, z.strictObject({ type: z.literal('image'), ...image })]).optional(),
    expand: z.boolean().optional(),
  }),
  z.strictObject({ ...blockId, type: z.literal('header'), text: plainText(150) }),
  z.strictObject({ ...blockId, type: z.literal('divider') }),
  z.strictObject({
    ...blockId,
    type: z.literal('context'),
    elements: z
      .array(z.union([anyText(3000), z.strictObject({ type: z.literal('image'), ...image })]))
      .min(1)
      .max(10),
  }),
  z.strictObject({ ...blockId, type: z.literal('actions'), elements: z.array(button).min(1).max(25) }),
  z.strictObject({ ...blockId, type: z.literal('image'), ...image, title: plainText(2000).optional() }),
])

const blocks = z.array(block).max(50)

/** null, or what Slack would find wrong with the blocks. A section needs a text or fields. */
export const blocksProblem = (value: unknown): string | null => {
  const parsed = blocks.safeParse(value)
  if (!parsed.success) return parsed.error.issues.map((issue) => `${issue.path.join('/')}: ${issue.message}`).join('; ')
  const empty = parsed.data.some((one) => one.type === 'section' && one.text === undefined && one.fields === undefined)
  return empty ? 'a section needs text or fields' : null
}
