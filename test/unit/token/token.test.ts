import { describe, expect, it } from 'vitest'
import { isUsableTokenText } from '../../../src/token/token.ts'

describe('isUsableTokenText', () => {
  it.each(['a', 'eyJ0eXA.e30.x', '~!@#$%^&*()_+{}|:"<>?', 'x'.repeat(16_384)])(
    'visible ASCII of at most 16 KiB (%#) → may be sent',
    (text) => {
      expect(isUsableTokenText(text)).toBe(true)
    },
  )

  it.each([
    '',
    ' ',
    'a b',
    'a\r\nX-Evil: 1',
    'a\n',
    'tab\t',
    'nul\0',
    'del\x7f',
    'é',
    '𝕏',
    '\u2028',
    'x'.repeat(16_385),
    undefined,
    null,
    7,
    true,
    ['a'],
    { toString: () => 'a' },
  ])('%j → may not', (value) => {
    expect(isUsableTokenText(value)).toBe(false)
  })
})
