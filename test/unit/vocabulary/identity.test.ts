import { afterEach, describe, expect, it, vi } from 'vitest'
import type { Grant } from '../../../src/vocabulary/grant.ts'
import { buildTokenKey } from '../../../src/vocabulary/identity.ts'
import type { Provider } from '../../../src/vocabulary/provider.ts'

const provider: Provider = { name: 'acme', apiUrl: 'https://api.acme.test', tokenUrl: 'https://api.acme.test/token' }
const grant: Grant = { grantType: 'client_credentials', clientId: 'app', clientSecret: 'top-secret-1' }

afterEach(() => {
  vi.unstubAllGlobals()
})

describe('buildTokenKey', () => {
  it('an identity → canonical JSON after the prefix', async () => {
    const key = await buildTokenKey(provider, { ...grant, scope: 'b a' }, 'alice')
    expect(key).toMatch(/^tokenwell:1:\{/)
    const identity = JSON.parse(key.slice('tokenwell:1:'.length)) as Record<string, unknown>
    expect(Object.keys(identity)).toEqual(Object.keys(identity).toSorted())
    expect(identity).toMatchObject({ client: 'app', grant: 'client_credentials', provider: 'acme', scopes: ['a', 'b'], subject: 'alice' })
  })

  it.each<[string, Grant]>([
    ['permuted scopes', { ...grant, scope: 'b  a' }],
    ['a list of scopes', { ...grant, scope: ['a', 'b', 'a'] }],
    ['another secret', { ...grant, scope: 'a b', clientSecret: 'rotated' }],
  ])('%s → the same key', async (_, other) => {
    expect(await buildTokenKey(provider, other)).toBe(await buildTokenKey(provider, { ...grant, scope: 'a b' }))
  })

  it('identities that differ in anything that matters → all keys differ', async () => {
    const keys = await Promise.all([
      buildTokenKey(provider, grant),
      buildTokenKey({ ...provider, name: 'other' }, grant),
      buildTokenKey({ ...provider, tokenUrl: 'https://api.acme.test/token2' }, grant),
      buildTokenKey({ ...provider, tokenRequest: { extraParameters: { audience: 'a' } } }, grant),
      buildTokenKey({ ...provider, tokenRequest: { extraParameters: { resource: 'a' } } }, grant),
      buildTokenKey({ ...provider, tokenRequest: { extraParameters: { audience: 'a', tenant: 't' } } }, grant),
      buildTokenKey(provider, { ...grant, clientId: 'app2' }),
      buildTokenKey(provider, { ...grant, grantType: 'password', parameters: { username: 'alice' } }),
      buildTokenKey(provider, { ...grant, grantType: 'password', parameters: { username: 'bob' } }),
      buildTokenKey(provider, { ...grant, parameters: { a: 'b', c: 'd' } }),
      buildTokenKey(provider, { ...grant, parameters: { a: 'b","c":"d' } }),
      buildTokenKey(provider, grant, 'alice'),
      buildTokenKey(provider, grant, 'bob'),
      buildTokenKey(provider, { ...grant, scope: 'a' }),
      buildTokenKey(provider, { ...grant, scope: 'a b' }),
      buildTokenKey(provider, { ...grant, identifiedBy: 'device-key-1' }),
      buildTokenKey(provider, { ...grant, identifiedBy: 'device-key-2' }),
    ])
    expect(new Set(keys).size).toBe(keys.length)
  })

  it('secrets → in no key, not even where only a secret identifies', async () => {
    const secrets = { refresh_token: 'refresh-9', password: 'password-9' }
    const full: Grant = { ...grant, secretParameters: secrets, identifiedBy: 'refresh-9' }
    const key = await buildTokenKey({ ...provider, tokenRequest: { extraParameters: { api_key: 'api-key-9' } } }, full)
    for (const secret of ['top-secret-1', 'refresh-9', 'password-9', 'api-key-9']) expect(key).not.toContain(secret)
  })

  it('a refresh token whose holder is named → does not identify', async () => {
    const first: Grant = { grantType: 'refresh_token', clientId: 'app', identifiedBy: 'r1' }
    const second: Grant = { ...first, identifiedBy: async () => 'r2' }
    expect(await buildTokenKey(provider, first, 'alice')).toBe(await buildTokenKey(provider, second, 'alice'))
    expect(await buildTokenKey(provider, first)).not.toBe(await buildTokenKey(provider, second))
  })

  it('a sign-in → has the identity of whoever signed in here, whatever its code', async () => {
    const signedIn: Grant = { grantType: 'authorization_code', clientId: 'app', oneTime: true }
    const signingIn: Grant = { ...signedIn, parameters: { redirect_uri: 'https://app.test/cb' }, secretParameters: { code: 'c' } }
    expect(await buildTokenKey(provider, signingIn)).toBe(await buildTokenKey(provider, signedIn))
  })

  it('a page without WebCrypto → a key that nobody shares, rather than one with a secret in it', async () => {
    vi.stubGlobal('crypto', { getRandomValues: crypto.getRandomValues.bind(crypto) })
    const identified: Grant = { ...grant, identifiedBy: 'device-key-1' }
    const [first, second] = await Promise.all([buildTokenKey(provider, identified), buildTokenKey(provider, identified)])
    expect(first).not.toBe(second)
    expect(first).not.toContain('device-key-1')
  })

  it('a secret that cannot be fetched → ConfigurationError that does not repeat why', async () => {
    const identifiedBy = async () => {
      throw new Error('vault says top-secret-1')
    }
    await expect(buildTokenKey(provider, { ...grant, identifiedBy })).rejects.toMatchObject({ code: 'invalid_configuration' })
    await expect(buildTokenKey(provider, { ...grant, identifiedBy })).rejects.not.toThrow(/top-secret/)
  })
})
