import type { Collector } from './collector.ts'
import { parseCount, parseLine, parseTime } from './numbers.ts'
import { addHits } from './packed.ts'
import type { FileRecord } from './record.ts'
import type { Attributes, XmlHandler } from './xml-handler.ts'

type Maker = 'istanbul' | 'clover' | 'phpunit'

/** istanbul claims to be Clover 3.2.0 and calls every project "All files"; PHPUnit claims no version. */
const makerOf = (root: Attributes, project: string | undefined): Maker => {
  if (root.clover === undefined) return 'phpunit'
  return root.clover === '3.2.0' && project === 'All files' ? 'istanbul' : 'clover'
}

type Arms = { truths: number; lies: number }

const readArms = (attributes: Attributes): Arms | undefined => {
  const [truths, lies] = [parseCount(attributes.truecount ?? ''), parseCount(attributes.falsecount ?? '')]
  return attributes.type !== 'cond' || truths === undefined || lies === undefined ? undefined : { truths, lies }
}

/** istanbul counts arms that ran and arms that did not; Clover counts how often the condition was true and false. */
const addArms = (record: FileRecord, line: number, { truths, lies }: Arms, maker: Maker, ordinal: number): void => {
  if (maker === 'istanbul') record.countedArms(line, truths, addHits(truths, lies))
  if (maker !== 'clover' || (truths === 0 && lies === 0)) return
  record.arm(line, `${ordinal} true`, truths > 0)
  record.arm(line, `${ordinal} false`, lies > 0)
}

/** Clover itself writes conditions without a count: they ran as often as they were true or false. */
const countOf = (attributes: Attributes, arms: Arms | undefined): number | undefined => {
  if (attributes.count !== undefined) return parseCount(attributes.count)
  return arms && addHits(arms.truths, arms.lies)
}

const nameOf = (attributes: Attributes): string => attributes.name ?? attributes.signature ?? ''

type OpenFile = { record: FileRecord; conditions: number }

const addLine = (file: OpenFile, attributes: Attributes, maker: Maker): boolean => {
  const arms = readArms(attributes)
  const [line, hits] = [parseLine(attributes.num ?? ''), countOf(attributes, arms)]
  if (line === undefined || hits === undefined) return false
  file.record.line(line, hits)
  if (attributes.type === 'method') file.record.function({ name: nameOf(attributes), start: line, hits })
  if (arms === undefined) return true
  file.conditions += 1
  addArms(file.record, line, arms, maker, file.conditions)
  return true
}

/** Reads Clover as istanbul, PHPUnit and OpenClover write it. */
export const createCloverHandler = (collector: Collector, root: Attributes): XmlHandler => {
  let maker = makerOf(root, undefined)
  let file: OpenFile | undefined

  const openFile = (attributes: Attributes): void => {
    const path = attributes.path ?? attributes.name ?? ''
    if (path === '') {
      collector.warn('A file without a name is skipped')
      return
    }
    const record = collector.open({ path })
    file = record && { record, conditions: 0 }
  }

  return {
    open(name, attributes) {
      if (name === 'project') maker = makerOf(root, attributes.name)
      if (name === 'file') openFile(attributes)
      if (name !== 'line' || file === undefined || addLine(file, attributes, maker)) return
      collector.warn(`A line with num="${attributes.num}" cannot be read and is skipped`)
    },
    close(name) {
      if (name !== 'file') return
      collector.close()
      file = undefined
    },
    finish() {
      const timestamp = parseTime(root.generated)
      return collector.report('clover', { maker, ...(timestamp !== undefined && { timestamp }) })
    },
  }
}
