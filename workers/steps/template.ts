/** What may stand in braces in the `ref` and the variables of a `trigger`. */
export type TemplateValues = Record<
  'source_branch' | 'target_branch' | 'project' | 'merge_request' | 'sha' | 'label' | 'user',
  string
>

const PLACEHOLDER = /\{([a-z_]{1,20})\}/g

/** Braces around anything else stay as they are: a variable may hold JSON. */
export const fillTemplate = (template: string, values: TemplateValues): string =>
  template.replace(PLACEHOLDER, (whole, name: string) =>
    Object.hasOwn(values, name) ? values[name as keyof TemplateValues] : whole,
  )

export const isTemplate = (text: string): boolean => text.includes('{')
