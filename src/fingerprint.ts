const uuid = /\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/gi
const path = /(?:[A-Za-z]:)?[\\/](?:[\w.@+-]{1,255}[\\/]){1,64}/g
const hex = /\b0x[0-9a-f]{1,64}\b|\b(?=[0-9a-f]{0,63}\d)[0-9a-f]{7,64}\b/gi
const number = /\d+(?:[.,]\d+)*/g

/** The first line of a message with all that changes from run to run masked: equal for failures of one cause. */
export const fingerprint = (message: string): string =>
  (message.split('\n', 1)[0] ?? '')
    .slice(0, 300)
    .replace(uuid, '<uuid>')
    .replace(path, '<path>')
    .replace(hex, '<hex>')
    .replace(number, '<n>')
    .split(/\s+/)
    .join(' ')
    .trim()
