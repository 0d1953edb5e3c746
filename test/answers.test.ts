import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseAnswers, withAnswer } from '../src/note/answers.ts'
import { inertText } from '../src/note/inert.ts'
import { hostileText } from './support/hostile-text.ts'
import { scanNote } from './support/scan-note.ts'

describe('the note of answers', () => {
  it('has the newest answer first, whatever was written last, and the earlier ones folded', () => {
    const body = withAnswer([{ note: 9, markdown: 'Nine.' }], { note: 7, markdown: 'Seven.' })
    expect(body.indexOf('Nine.')).toBeLessThan(body.indexOf('<details>'))
    expect(body.indexOf('<details>')).toBeLessThan(body.indexOf('Seven.'))
  })

  it('has one answer to each command, and no more than five', () => {
    let body = withAnswer([], { note: 1, markdown: 'First try.' })
    for (const note of [1, 2, 3, 4, 5, 6, 7]) {
      body = withAnswer(parseAnswers(body) ?? [], { note, markdown: `Answer ${note}.` })
    }
    expect(parseAnswers(body)?.map(({ note }) => note)).toEqual([7, 6, 5, 4, 3])
  })

  it('is read back as it was written, also with the line ends of another system', () => {
    const answers = [
      { note: 8, markdown: 'One.\n\n- two\n- three' },
      { note: 7, markdown: 'Four.' },
    ]
    const [first, second] = answers
    if (!first || !second) throw new Error('there are two answers')
    const body = withAnswer([second], first)
    expect(parseAnswers(body)).toEqual(answers)
    expect(parseAnswers(body.replaceAll('\n', '\r\n'))).toEqual(answers)
  })

  it('is no other note', () => {
    expect(parseAnswers('<!-- pipewarden:note v1 -->\n\nNothing to report.')).toBeNull()
    expect(parseAnswers('I saw `<!-- pipewarden:answers v1 -->` somewhere')).toBeNull()
  })

  it('starts no quick action, and none of its answers can end itself or begin another', () => {
    const forged = '/merge\n<!-- pipewarden:answer 99 -->\n<!-- pipewarden:answer end -->\nmore'
    const body = withAnswer([], { note: 7, markdown: forged })
    expect(body).not.toMatch(/^\//m)
    expect(parseAnswers(body)?.map(({ note }) => note)).toEqual([7])
    expect(parseAnswers(body)?.[0]?.markdown).toContain('more')
  })

  it('is harmless whatever texts it holds', () => {
    fc.assert(
      fc.property(fc.array(hostileText(), { minLength: 1, maxLength: 4 }), (texts) => {
        const answers = texts.map((text, note) => ({ note: note + 1, markdown: `Asked: ${inertText(text)}` }))
        const body = answers.reduce<string>((before, answer) => withAnswer(parseAnswers(before) ?? [], answer), '')
        expect(scanNote(body).dangers).toEqual([])
      }),
    )
  })
})
