import { createHash } from 'node:crypto'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { customGrant } from '../../../src/grants/custom-grant.ts'
import { password } from '../../../src/grants/password.ts'
import { refreshToken } from '../../../src/grants/refresh-token.ts'
import { cam2 } from '../../../src/providers/cam2.ts'
import { camdram } from '../../../src/providers/camdram.ts'
import { musement } from '../../../src/providers/musement.ts'
import { createSeededRandom } from '../../../src/testing/seeded-random.ts'
import type { Grant } from '../../../src/vocabulary/grant.ts'
import { buildTokenKey, isIdentified } from '../../../src/vocabulary/identity.ts'
import type { Provider, TokenRequestProfile } from '../../../src/vocabulary/provider.ts'

const provider: Provider = { name: 'acme', apiUrl: 'https://api.acme.test', tokenUrl: 'https://api.acme.test/token' }
const grant: Grant = { grantType: 'client_credentials', clientId: 'app', clientSecret: 'top-secret-1' }
const app = { clientId: 'app', clientSecret: 'top-secret-1' }
const asking = (tokenRequest: TokenRequestProfile): Provider => ({ ...provider, tokenRequest })

afterEach(() => {
  vi.unstubAllGlobals()
})

describe('the key of a token', () => {
  it('is canonical JSON after its prefix', async () => {
    const key = await buildTokenKey(provider, { ...grant, scope: 'b a', parameters: { z: '1', a: '2' } }, 'alice')
    expect(key).toBe(
      'tokenwell:2:{"client":"app","grant":"client_credentials","parameters":{"a":"2","z":"1"},"provider":"acme",' +
        '"scopes":["a","b"],"subject":"alice","tokenUrl":"https://api.acme.test/token"}',
    )
  })

  it('has a SHA-256 for all of the profile that reaches the token endpoint', async () => {
    const key = await buildTokenKey(asking({ extraParameters: { tenant: 't', audience: 'a' } }), grant)
    const hash = createHash('sha256').update('{"tokenRequest":{"extraParameters":{"audience":"a","tenant":"t"}}}').digest('hex')
    expect(key).toContain(`"hash":"${hash}"`)
  })

  const refreshing = (changes: object): Provider => ({ ...provider, renewal: { by: 'refresh_token', ...changes } })
  it.each<[string, [Provider, Grant], [Provider, Grant]]>([
    ['permuted scopes', [provider, { ...grant, scope: 'a b' }], [provider, { ...grant, scope: 'b  a' }]],
    ['a list of scopes', [provider, { ...grant, scope: 'a b' }], [provider, { ...grant, scope: ['a', 'b', 'a'] }]],
    [
      'permuted parameters',
      [provider, { ...grant, parameters: { b: '1', a: '2' } }],
      [provider, { ...grant, parameters: { a: '2', b: '1' } }],
    ],
    ['another secret', [provider, grant], [provider, { ...grant, clientSecret: 'rotated' }]],
    [
      'permuted extra parameters',
      [asking({ extraParameters: { b: '1', a: '2' } }), grant],
      [asking({ extraParameters: { a: '2', b: '1' } }), grant],
    ],
    ['permuted headers', [{ ...provider, headers: { B: '1', A: '2' } }, grant], [{ ...provider, headers: { A: '2', B: '1' } }, grant]],
    [
      'header names in another case',
      [{ ...provider, headers: { 'X-App': 'a' } }, grant],
      [{ ...provider, headers: { 'x-app': 'a' } }, grant],
    ],
    [
      'another version or language of the program',
      [provider, grant],
      [{ ...provider, headers: { 'User-Agent': 'app/2', 'Accept-Language': 'it', accept: '*/*' } }, grant],
    ],
    [
      'sections that say nothing',
      [provider, grant],
      [{ ...provider, headers: {}, tokenRequest: {}, renewal: { by: 'refresh_token' } }, grant],
    ],
    [
      'another way of asking the same',
      [provider, grant],
      [
        {
          ...asking({ method: 'GET', encoding: 'query', queryParameters: ['x'], scopeSeparator: ',', clientAuthentication: 'body' }),
          apiUrl: 'https://elsewhere.test',
          authorizationUrl: 'https://auth.test',
          deviceAuthorizationUrl: 'https://auth.test/device',
          tokenResponse: { accessToken: 'token', extra: ['a'] },
          authorization: { scheme: 'JWT' },
          isRejection: () => false,
        },
        grant,
      ],
    ],
    [
      'an exchange that is another function, or uses up what it presents',
      [provider, customGrant({ grantType: 'x', exchange: () => ({}) })],
      [provider, customGrant({ grantType: 'x', exchange: async () => ({ a: 1 }), usesUp: true })],
    ],
    ['another way of revoking', [provider, grant], [{ ...provider, revocation: { url: 'https://api.acme.test/revoke' } }, grant]],
    ['how long refresh tokens live', [provider, grant], [refreshing({ refreshLifetimeMs: 5 }), grant]],
    ['a function that changes the secret', [provider, grant], [asking({ transformSecret: (secret) => secret }), grant]],
    [
      'a token URL that is spelled in another way',
      [provider, grant],
      [{ ...provider, tokenUrl: 'HTTPS://API.acme.test:443/x/../token#top' }, grant],
    ],
  ])('%s → the same key', async (_, first, second) => {
    expect(await buildTokenKey(...second)).toBe(await buildTokenKey(...first))
  })

  it('a preset that is told how to ask → has the key of the one that finds out', async () => {
    const [found, told] = [cam2(app), cam2({ ...app, encoding: 'json' })]
    expect(await buildTokenKey(told.provider, told.grant)).toBe(await buildTokenKey(found.provider, found.grant))
    const [get, post] = [musement(app), musement({ ...app, method: 'POST', language: 'it' })]
    expect(await buildTokenKey(post.provider, post.grant)).toBe(await buildTokenKey(get.provider, get.grant))
  })

  it('identities that differ in anything that matters → all keys differ', async () => {
    const identities: [Provider, Grant, string?][] = [
      [provider, grant],
      [{ ...provider, name: 'other' }, grant],
      [{ ...provider, tokenUrl: 'https://api.acme.test/token2' }, grant],
      [{ ...provider, tokenUrl: 'https://api.acme.test/token?tenant=1' }, grant],
      [{ ...provider, tokenUrl: 'https://api.acme.test/token?tenant=2' }, grant],
      [{ ...provider, headers: { 'X-Tenant': '1' } }, grant],
      [{ ...provider, headers: { 'X-Tenant': '2' } }, grant],
      [{ ...provider, headers: { 'X-User-Agent': '2' } }, grant],
      [asking({ extraParameters: { audience: 'a' } }), grant],
      [asking({ extraParameters: { resource: 'a' } }), grant],
      [asking({ extraParameters: { audience: 'a', tenant: 't' } }), grant],
      // Names that mean something to the profile itself mean nothing here.
      [asking({ extraParameters: { method: 'a', encoding: 'b' } }), grant],
      [asking({ parameterNames: { client_id: 'tenant' } }), grant],
      [asking({ parameterNames: { client_id: false } }), grant],
      [refreshing({ url: 'https://api.acme.test/refresh' }), grant],
      [refreshing({ request: { extraParameters: { audience: 'a' } } }), grant],
      [{ ...provider, renewal: { by: 'access_token', url: 'https://api.acme.test/r', parameter: 'a', windowMs: 1 } }, grant],
      [{ ...provider, renewal: { by: 'access_token', url: 'https://api.acme.test/r', parameter: 'b', windowMs: 1 } }, grant],
      [provider, { ...grant, clientId: 'app2' }],
      [provider, { ...grant, grantType: 'password', parameters: { username: 'alice' } }],
      [provider, { ...grant, grantType: 'password', parameters: { username: 'bob' } }],
      [provider, { ...grant, parameters: { a: 'b', c: 'd' } }],
      [provider, { ...grant, parameters: { a: 'b","c":"d' } }],
      [provider, grant, 'alice'],
      [provider, grant, 'bob'],
      [provider, { ...grant, scope: 'a' }],
      [provider, { ...grant, scope: 'a b' }],
      [provider, { ...grant, identifiedBy: 'device-key-1' }],
      [provider, { ...grant, identifiedBy: 'device-key-2' }],
      [provider, { ...grant, identifiedBy: '\ud800' }],
      [provider, { ...grant, identifiedBy: '\ud801' }],
      [provider, customGrant({ grantType: 'x', parameters: { assertion: '1' } })],
      [provider, customGrant({ grantType: 'x', parameters: { assertion: '2' } })],
      [provider, customGrant({ grantType: 'x', parameters: { assertion: '2' }, exchange: () => ({}) })],
      [provider, customGrant({ grantType: 'x', parameters: { assertion: '1' }, exchange: () => ({}) })],
    ]
    const keys = await Promise.all(identities.map((identity) => buildTokenKey(...identity)))
    expect(new Set(keys).size).toBe(keys.length)
  })

  it('a field of a grant or a profile that nobody has named → is part of the key', async () => {
    const keys = await Promise.all([
      buildTokenKey(provider, grant),
      buildTokenKey({ ...provider, later: 'a' } as Provider, grant),
      buildTokenKey(asking({ later: 'a' } as TokenRequestProfile), grant),
      buildTokenKey(refreshing({ later: 'a' }), grant),
      buildTokenKey(refreshing({ request: { later: 'a' } }), grant),
      buildTokenKey(provider, { ...grant, later: 'a' } as Grant),
      buildTokenKey(provider, { ...grant, later: 'top-secret-2' } as Grant),
    ])
    expect(new Set(keys).size).toBe(keys.length)
    expect(keys.join()).not.toContain('top-secret-2')
  })

  it('secrets → in no key, not even where only a secret identifies', async () => {
    const secrets = { refresh_token: 'refresh-9', password: 'password-9' }
    const full: Grant = { ...grant, secretParameters: secrets, identifiedBy: 'refresh-9' }
    const profile: Provider = {
      ...asking({ extraParameters: { api_key: 'api-key-9' } }),
      tokenUrl: 'https://api.acme.test/token?key=query-key-9',
      headers: { 'x-api-key': 'header-key-9' },
      renewal: { by: 'refresh_token', url: 'https://api.acme.test/refresh?key=query-key-9' },
    }
    const key = await buildTokenKey(profile, full)
    for (const secret of ['top-secret-1', 'refresh-9', 'password-9', 'api-key-9', 'query-key-9', 'header-key-9'])
      expect(key).not.toContain(secret)
  })

  it('a refresh token whose holder is named → does not identify', async () => {
    const first = refreshToken({ clientId: 'app', refreshToken: 'r1' })
    const second = refreshToken({ clientId: 'app', refreshToken: async () => 'r2' })
    expect(await buildTokenKey(provider, first, 'alice')).toBe(await buildTokenKey(provider, second, 'alice'))
    expect(await buildTokenKey(provider, first)).not.toBe(await buildTokenKey(provider, second))
  })

  it('a sign-in → has the identity of whoever signed in here, whatever its code', async () => {
    const signedIn: Grant = { grantType: 'authorization_code', clientId: 'app', oneTime: true }
    const signingIn: Grant = { ...signedIn, parameters: { redirect_uri: 'https://app.test/cb' }, secretParameters: { code: 'c' } }
    expect(await buildTokenKey(provider, signingIn)).toBe(await buildTokenKey(provider, signedIn))
    expect(await buildTokenKey(provider, signingIn)).not.toContain('"hash"')
  })

  it('what functions make, or only say how often a grant can be used → is no part of it', async () => {
    const signed = customGrant({ grantType: 'x', parameters: { assertion: () => 'a' }, clientId: 'app' })
    expect(await buildTokenKey(provider, signed, 'alice')).toBe(
      'tokenwell:2:{"client":"app","grant":"x","provider":"acme","scopes":[],"subject":"alice","tokenUrl":"https://api.acme.test/token"}',
    )
  })

  it('a secret that cannot be fetched → a typed error that does not repeat why', async () => {
    const identifiedBy = async () => {
      throw new Error('vault says top-secret-1')
    }
    const failed = await buildTokenKey(provider, { ...grant, identifiedBy }).catch((error: unknown) => error)
    expect(failed).toMatchObject({ option: 'grant' })
    expect(String(failed)).not.toContain('top-secret')
  })
})

describe('a page without WebCrypto', () => {
  const withoutWebCrypto = () => vi.stubGlobal('crypto', { getRandomValues: crypto.getRandomValues.bind(crypto) })

  it('a key that takes a hash → none: nothing may stand in for it, so the token cannot be shared', async () => {
    withoutWebCrypto()
    expect(await buildTokenKey(provider, { ...grant, identifiedBy: 'device-key-1' })).toBeUndefined()
    expect(await buildTokenKey({ ...provider, headers: { 'X-Tenant': '1' } }, grant)).toBeUndefined()
    expect(await buildTokenKey(cam2(app).provider, grant)).toBeUndefined()
  })

  it('a key that takes none → is the same as elsewhere', async () => {
    const { provider: plain, grant: given } = camdram({ ...app, scope: 'a' })
    const key = await buildTokenKey(plain, given)
    const named = refreshToken({ clientId: 'app', refreshToken: 'r1' })
    const namedKey = await buildTokenKey(provider, named, 'alice')
    withoutWebCrypto()
    expect(key).toBeDefined()
    expect(await buildTokenKey(plain, given)).toBe(key)
    expect(await buildTokenKey(provider, named, 'alice')).toBe(namedKey)
  })

  it('a secret is not fetched where no key comes of it', async () => {
    withoutWebCrypto()
    const identifiedBy = vi.fn(() => 'k')
    await buildTokenKey(provider, { ...grant, identifiedBy })
    expect(identifiedBy).not.toHaveBeenCalled()
  })
})

it('random identities → have the same key exactly where they are the same', async () => {
  const seed = Number(process.env['SEED'] ?? Math.floor(Math.random() * 2 ** 32))
  console.log(`seed ${seed}: SEED=${seed} repeats this run`)
  const random = createSeededRandom(seed)
  const pick = <T>(...values: T[]): T => values[Math.floor(random.next() * values.length)] as T
  // Few values, so that equal ones occur; with what JSON and URLs would trip over.
  const text = () => pick('a', 'b', 'a b', '"', '\\', ',', '":"', '', '\ud800', '\u0000', '__proto__', 'constructor', '1')
  const shuffled = <T>(entries: T[]): T[] =>
    entries
      .map((entry) => [random.next(), entry] as const)
      .sort(([a], [b]) => a - b)
      .map(([, entry]) => entry)
  const record = () =>
    Object.fromEntries(
      shuffled([...new Set([text(), text(), text()])])
        .slice(0, Math.floor(random.next() * 3))
        .map((name) => [name, text()]),
    )

  const same = new Map<string, string>()
  const keys = new Map<string, string>()
  for (let run = 0; run < 4_000; run++) {
    const extraParameters = record()
    const parameters = record()
    const scope = shuffled(pick(['x'], ['x', 'y'], ['y'], []))
    const subject = pick(undefined, text())
    const clientId = pick('a', 'b', '"')
    const identifiedBy = pick(undefined, 'a', 'b')
    const tenant = pick(undefined, text().replace(/[^a-z0-9"\\]/gi, ''))
    const headers = shuffled(Object.entries({ [pick('X-Tenant', 'x-tenant')]: tenant, 'User-Agent': text() })).filter(
      ([, value]) => value !== undefined,
    )
    const profile: Provider = {
      ...provider,
      name: pick('a', 'b'),
      headers: Object.fromEntries(headers) as Record<string, string>,
      tokenRequest: { extraParameters, encoding: pick('form', 'json') },
    }
    const key = (await buildTokenKey(profile, { grantType: pick('x'), clientId, identifiedBy, parameters, scope }, subject)) as string
    const sorted = (fields: Record<string, string>) => Object.entries(fields).sort(([a], [b]) => (a < b ? -1 : 1))
    const identity = JSON.stringify([
      ...[profile.name, clientId, identifiedBy ?? 0, subject ?? 0, tenant ?? 0],
      ...[sorted(extraParameters), sorted(parameters), [...scope].sort()],
    ])
    expect(same.get(identity) ?? key, `one identity, two keys: ${identity}`).toBe(key)
    expect(keys.get(key) ?? identity, `two identities, one key: ${key}`).toBe(identity)
    same.set(identity, key)
    keys.set(key, identity)
  }
  // So few that many occur more than once: else nothing was compared.
  expect(same.size).toBeLessThan(4_000)
  expect(same.size).toBeGreaterThan(100)
})

describe('whose token it is', () => {
  it.each<[string, Provider, Grant, boolean]>([
    ['a client', provider, grant, true],
    ['a user without a client', provider, password({ username: 'u', password: 'p' }), true],
    ['neither', provider, password({ password: 'p' }), false],
    [
      'a function as parameter of an extension grant',
      provider,
      customGrant({ grantType: 'x', parameters: { a: () => 'b' }, clientId: 'c' }),
      false,
    ],
    ['a function as public parameter', provider, { ...grant, parameters: { tenant: (() => 't') as never } }, false],
    ['a function that proves the client', asking({ clientAuthentication: () => ({}) }), grant, false],
    ['a function that nobody has named', asking({ later: { deep: [() => 'x'] } } as TokenRequestProfile), grant, false],
    [
      'functions beside the token endpoint',
      { ...provider, isRejection: () => true, tokenResponse: { isSuccess: () => true } },
      grant,
      true,
    ],
    ['an exchange, with a client and a user', provider, { ...grant, parameters: { username: 'u' }, exchange: () => ({}) }, false],
    ['an exchange of strings', provider, customGrant({ grantType: 'x', exchange: () => ({}), parameters: { a: 'b' } }), false],
    ['a code without a client', provider, { grantType: 'authorization_code', oneTime: true, parameters: { redirect_uri: 'x' } }, false],
  ])('%s', (_, profile, given, expected) => expect(isIdentified(profile, given)).toBe(expected))
})
