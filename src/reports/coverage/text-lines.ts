const MAX_LENGTH = 100_000

/** A line is `text` from `from` up to `to`, so that most lines need no string of their own. */
export type OnLine = (text: string, from: number, to: number) => void

/** Cuts streamed text into lines without their ends (LF or CRLF); an endless line is dropped and reported. */
export const createLineCutter = (onLine: OnLine, onTooLong: () => void) => {
  let rest = ''
  let isDropping = false

  const emit = (text: string, from: number, to: number): void => {
    const end = to > from && text.charCodeAt(to - 1) === 13 ? to - 1 : to
    onLine(text, from, end)
  }

  const finishRest = (text: string, end: number): void => {
    const line = rest + text.slice(0, end)
    rest = ''
    if (isDropping) onTooLong()
    else emit(line, 0, line.length)
    isDropping = false
  }

  const keep = (tail: string): void => {
    if (isDropping) return
    rest += tail
    if (rest.length <= MAX_LENGTH) return
    rest = ''
    isDropping = true
  }

  return {
    write(text: string): void {
      let from = 0
      for (let end = text.indexOf('\n'); end !== -1; end = text.indexOf('\n', from)) {
        if (from === 0 && (rest !== '' || isDropping)) finishRest(text, end)
        else emit(text, from, end)
        from = end + 1
      }
      keep(text.slice(from))
    },
    end(): void {
      if (rest !== '' || isDropping) finishRest('', 0)
    },
  }
}
