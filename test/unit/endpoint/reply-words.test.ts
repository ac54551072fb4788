import { describe, expect, it, vi } from 'vitest'
import { createSecretFinder } from '../../../src/base/redact.ts'
import { outlineReply } from '../../../src/endpoint/reply-words.ts'

describe('the outline of a reply', () => {
  // As large as a reply may be, and of characters that each decoder takes for its own.
  const huge = 'Kq9x'.repeat(57_500)

  it.each<[string, object, string[]]>([
    ['one huge name', { error: 1, [huge]: 1 }, ['error']],
    ['one huge name first', { [huge]: 1, error: 1, hint: 1 }, ['error', 'hint']],
    ['a huge name in hex', { ['a1b2'.repeat(57_500)]: 1, error: 1 }, ['error']],
    ['twenty long names', Object.fromEntries(Array.from({ length: 20 }, (_, i) => [`n${i}${huge.slice(0, 11_000)}`, 1])), []],
    ['a thousand short names', Object.fromEntries(Array.from({ length: 1_000 }, (_, i) => [`name of ${i}`, 1])), []],
  ])('with %s → little of it is looked into for secrets', (_, body, shown) => {
    const holdsSecret = vi.fn(createSecretFinder(['secret-of-the-client']))
    const { fields } = outlineReply(400, 'application/json', body, holdsSecret)
    expect(fields).toEqual(expect.arrayContaining(shown))
    expect(fields.length).toBeLessThanOrEqual(20)
    // Twenty names of 41 characters, together and each by itself.
    const lengths = holdsSecret.mock.calls.map(([text]) => text.length)
    expect(lengths.reduce((sum, length) => sum + length, 0)).toBeLessThan(2_000)
  })

  it('with a huge content type → its beginning is not shown, nor looked into further', () => {
    const holdsSecret = vi.fn(() => false)
    expect(outlineReply(400, `${huge}/json`, {}, holdsSecret)).toEqual({ status: 400, contentType: '', fields: [] })
    expect(holdsSecret.mock.calls).toEqual([[''], ['']])
  })

  it('with a name that holds a secret, and with one that looks like a token → shows the others', () => {
    const body = { error: 1, 'my hunter2 is': 1, eyJhbGciOiJIUzI1NiJ9: 1, Ab1Cd2Ef3Gh4Ij5Kl6: 1 }
    expect(outlineReply(400, 'application/json', body, createSecretFinder(['hunter2'])).fields).toEqual(['error'])
  })
})
