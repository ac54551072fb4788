import { afterEach, describe, expect, it, vi } from 'vitest'
import { ConfigurationError } from '../../../src/base/errors.ts'
import { buildCodeChallenge, checkWebCrypto, createRandomText } from '../../../src/sign-in/pkce.ts'

afterEach(() => {
  vi.unstubAllGlobals()
  vi.restoreAllMocks()
})

describe('a random text', () => {
  it('a random text → is 256 bits of the platform’s randomness, as base64url without padding', () => {
    const bytes = Uint8Array.from({ length: 32 }, (_, index) => 255 - index)
    vi.spyOn(crypto, 'getRandomValues').mockImplementationOnce((target) => {
      ;(target as Uint8Array).set(bytes)
      return target
    })
    expect(createRandomText()).toBe(Buffer.from(bytes).toString('base64url'))
    expect(createRandomText()).toMatch(/^[\w-]{43}$/)
  })

  it('a random text → is another one each time', () => {
    expect(new Set(Array.from({ length: 1_000 }, createRandomText)).size).toBe(1_000)
  })
})

it('the verifier of RFC 7636 appendix B → its challenge', async () => {
  expect(await buildCodeChallenge('dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk')).toBe('E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM')
})

describe('WebCrypto', () => {
  it('here → is enough', () => expect(checkWebCrypto).not.toThrow())

  it.each([
    ['a page without TLS, which has no crypto.subtle', { getRandomValues: () => {} }],
    ['a runtime without crypto', undefined],
  ])('%s → is told to use https', (_, crypto) => {
    vi.stubGlobal('crypto', crypto)
    expect(checkWebCrypto).toThrow(ConfigurationError)
    expect(checkWebCrypto).toThrow(/crypto: .*https:\/\//)
  })
})
