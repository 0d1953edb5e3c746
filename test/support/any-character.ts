import fc from 'fast-check'

/** Any code point but half surrogates, like fast-check's `binary`, which takes a second to draw up its list of them. */
export const anyCharacter = fc
  .integer({ min: 0, max: 0x10f7ff })
  .map((code) => String.fromCodePoint(code < 0xd800 ? code : code + 0x800))
