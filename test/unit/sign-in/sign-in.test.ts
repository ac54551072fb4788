import { setupServer } from 'msw/node'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { ConfigurationError, SignInFailedError, TokenStoreError } from '../../../src/base/errors.ts'
import { buildCodeChallenge } from '../../../src/sign-in/pkce.ts'
import { completeSignIn, createAuthorizationUrl } from '../../../src/sign-in/sign-in.ts'
import { hasCanary, renderings } from '../../support/canary.ts'
import {
  authorizationUrl,
  clientId,
  code,
  createMapStorage,
  createSignIn,
  redirectUri,
  responseTo,
  stateOf,
  stubPage,
} from '../../support/sign-in/begin-sign-in.ts'
import { FakeStorage } from '../stores/browser/fake-storage.ts'

const minute = 60_000

// Signing in sends nothing: whatever was sent in any of these tests is a failure of that test.
const sent: string[] = []
const server = setupServer()
server.events.on('request:start', ({ request }) => void sent.push(request.url))
beforeAll(() => server.listen({ onUnhandledFrame: 'error' }))
afterAll(() => server.close())
afterEach(() => {
  vi.unstubAllGlobals()
  expect(sent.splice(0)).toEqual([])
})

const verifierIn = (items: Map<string, string>): string => JSON.parse([...items.values()][0] ?? '{}').codeVerifier

async function failureOf(attempt: Promise<unknown>): Promise<Error> {
  const error = await attempt.then(
    () => undefined,
    (thrown: Error) => thrown,
  )
  if (!error) throw new Error('It did not fail.')
  return error
}

describe('a sign-in that is begun', () => {
  it('a sign-in that is begun → is the address of the authorization server, with a state and the challenge of a verifier that stays here', async () => {
    const { begin, items } = createSignIn()
    const url = await begin({ scope: ['a', 'b'], parameters: { prompt: 'login' } })
    const verifier = verifierIn(items)
    expect(url.origin + url.pathname).toBe(authorizationUrl)
    expect(Object.fromEntries(url.searchParams)).toEqual({
      response_type: 'code',
      client_id: clientId,
      redirect_uri: redirectUri,
      scope: 'a b',
      prompt: 'login',
      state: expect.stringMatching(/^[\w-]{43}$/),
      code_challenge: await buildCodeChallenge(verifier),
      code_challenge_method: 'S256',
    })
    expect(verifier).toMatch(/^[\w-]{43}$/)
    expect(url.href).not.toContain(verifier)
  })

  it.each([
    [{ scope: ['a', 'b'] }, 'scope=a%20b'],
    [{ parameters: { login_hint: 'ada+test@x.ok b' } }, 'login_hint=ada%2Btest%40x.ok%20b'],
    [{ scope: 'a+b  c' }, 'scope=a%2Bb%20c'],
  ])('with spaces (%j) → has %s, since some servers read a plus as one', async (options, expected) => {
    const { search } = await createSignIn().begin(options)
    expect(search).toContain(expected)
    expect(search).not.toContain('+')
  })

  it('again → has another state and another verifier, and the first one stays', async () => {
    const { begin, items, complete } = createSignIn()
    const [first, second] = [await begin({ returnTo: '/1' }), await begin({ returnTo: '/2' })]
    expect(stateOf(first)).not.toBe(stateOf(second))
    expect(new Set([...items.values()].map((text) => JSON.parse(text).codeVerifier)).size).toBe(2)
    expect((await complete(responseTo(first))).returnTo).toBe('/1')
    expect((await complete(responseTo(second))).returnTo).toBe('/2')
  })

  it('a sign-in that is begun → removes what nobody has completed in ten minutes', async () => {
    const storage = new FakeStorage()
    const { begin, clock } = createSignIn({}, storage)
    await begin()
    clock.advance(10 * minute)
    const url = await begin()
    expect([...storage.items.keys()]).toEqual([`tokenwell:sign-in:1:${stateOf(url)}`])
  })

  it.each<[string, object]>([
    ['provider', { provider: undefined }],
    ['clientId', { clientId: '' }],
    ['redirectUri', { redirectUri: 'http://app.example.com/' }],
    ['scope', { scope: [5] }],
    ['parameters.state', { parameters: { state: 'mine' } }],
    ['returnTo', { returnTo: 'https://evil.example/' }],
    ['returnTo', { returnTo: '/..//evil.example' }],
    ['returnTo', { returnTo: null }],
    ['storage', { storage: {} }],
  ])('with a wrong %s → is refused, and nothing is stored', async (option, wrong) => {
    const { begin, items } = createSignIn()
    await expect(begin(wrong)).rejects.toThrow(expect.objectContaining({ name: 'ConfigurationError', option }))
    expect(items.size).toBe(0)
  })

  it('in a page without TLS → is refused: `plain` takes the place of nothing', async () => {
    const { begin, items } = createSignIn()
    vi.stubGlobal('crypto', { getRandomValues: crypto.getRandomValues.bind(crypto) })
    await expect(begin()).rejects.toThrow(expect.objectContaining({ name: 'ConfigurationError', option: 'crypto' }))
    expect(items.size).toBe(0)
  })

  it('where the storage is full → fails before anybody is sent anywhere', async () => {
    const storage = new FakeStorage()
    storage.setItem = () => {
      throw new DOMException('secret', 'QuotaExceededError')
    }
    await expect(createSignIn({}, storage).begin()).rejects.toThrow(TokenStoreError)
  })
})

describe('a sign-in that comes back', () => {
  it('a sign-in that comes back → is a grant with the code, its verifier and the redirect URI, and the way back', async () => {
    const { begin, complete, items } = createSignIn()
    const url = await begin({ returnTo: '/shows?page=2#end' })
    const codeVerifier = verifierIn(items)
    expect(await complete(responseTo(url))).toEqual({
      grant: {
        grantType: 'authorization_code',
        clientId,
        oneTime: true,
        parameters: { redirect_uri: redirectUri },
        secretParameters: { code, code_verifier: codeVerifier },
      },
      returnTo: '/shows?page=2#end',
    })
    expect(items.size).toBe(0)
  })

  it('with a client secret → is a grant with it; a function is not called', async () => {
    const { begin, complete } = createSignIn()
    const clientSecret = vi.fn(() => 'secret')
    expect((await complete(responseTo(await begin()), { clientSecret })).grant.clientSecret).toBe(clientSecret)
    expect(clientSecret).not.toHaveBeenCalled()
  })

  it('a second time → fails', async () => {
    const { begin, complete } = createSignIn()
    const response = responseTo(await begin())
    await complete(response)
    expect((await failureOf(complete(response))).message).toContain('completed already')
  })

  it('twice at once → succeeds once', async () => {
    const { begin, complete } = createSignIn()
    const response = responseTo(await begin())
    const outcomes = await Promise.allSettled([complete(response), complete(response), complete(response)])
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'rejected'])
    for (const outcome of outcomes.slice(1)) expect((outcome as PromiseRejectedResult).reason).toBeInstanceOf(SignInFailedError)
  })

  it('to an asynchronous storage → works', async () => {
    const items = new Map<string, string>()
    const { begin, complete } = createSignIn(
      {},
      {
        getItem: async (key) => items.get(key),
        setItem: async (key, value) => void items.set(key, value),
        removeItem: async (key) => void items.delete(key),
      },
    )
    const response = responseTo(await begin({ returnTo: '/a' }))
    expect((await complete(response)).returnTo).toBe('/a')
    await expect(complete(response)).rejects.toThrow(SignInFailedError)
  })

  it('to another user’s storage → fails, and the one it belongs to can complete it', async () => {
    const { begin, complete } = createSignIn()
    const response = responseTo(await begin())
    const elsewhere = createMapStorage(new Map())
    await expect(complete(response, { storage: elsewhere })).rejects.toThrow(SignInFailedError)
    await expect(complete(response)).resolves.toBeDefined()
  })

  it.each([
    ['9:59 later', 10 * minute - 1, true],
    ['10:00 later', 10 * minute, false],
    ['after the clock was set back by a minute', -minute, true],
    ['after the clock was set back by a day', -1440 * minute, false],
  ])('%s → is in time: %s', async (_, ms, isInTime) => {
    const { begin, complete, clock, items } = createSignIn()
    const response = responseTo(await begin())
    clock.advance(ms)
    const completed = complete(response)
    if (isInTime) await expect(completed).resolves.toBeDefined()
    else expect((await failureOf(completed)).message).toContain('more than ten minutes')
    expect(items.size).toBe(0)
  })

  it('without a clock of its own → takes the platform’s', async () => {
    const { begin, complete } = createSignIn()
    const response = responseTo(await begin({ now: Date.now }))
    await expect(complete(response, { now: Date.now })).resolves.toBeDefined()
  })
})

describe('a sign-in that fails', () => {
  it.each<[string, Record<string, string | undefined>, object]>([
    ['without a code', { code: undefined }, {}],
    ['with a refusal', { code: undefined, error: 'access_denied' }, {}],
    ['from another issuer', { iss: 'https://evil.example' }, {}],
    ['for another client', {}, { clientId: 'other' }],
    ['for another redirect URI', {}, { redirectUri: `${redirectUri}?other=1` }],
    ['with wrong options', {}, { clientId: '' }],
    ['with an empty secret', {}, { clientSecret: '' }],
  ])('%s → is used up all the same', async (_, changes, options) => {
    const { begin, complete, items } = createSignIn()
    const url = await begin()
    await expect(complete(responseTo(url, changes), options)).rejects.toThrow(/./)
    expect(items.size).toBe(0)
    await expect(complete(responseTo(url))).rejects.toThrow(SignInFailedError)
  })

  it('with two states that were both begun here → both are used up', async () => {
    const { begin, complete, items } = createSignIn()
    const [first, second, third] = [await begin(), await begin(), await begin()]
    const response = responseTo(first)
    response.searchParams.append('state', stateOf(second))
    expect((await failureOf(complete(response))).message).toContain('more than one state')
    expect([...items.keys()]).toEqual([`tokenwell:sign-in:1:${stateOf(third)}`])
  })

  it.each(['authorizationUrl', 'tokenUrl', 'name'] as const)('at a provider with another %s → is refused', async (field) => {
    const { begin, complete, client } = createSignIn()
    const response = responseTo(await begin())
    const other = { ...client.provider, [field]: field === 'name' ? 'other' : 'https://evil.example/x' }
    expect((await failureOf(complete(response, { provider: other }))).message).toMatch(
      /begun with another (authorizationUrl|tokenUrl|provider)/,
    )
  })

  it('where the storage throws → is a TokenStoreError, and nobody is signed in', async () => {
    const items = new Map<string, string>()
    const storage = createMapStorage(items)
    const { begin, complete } = createSignIn({}, storage)
    const response = responseTo(await begin())
    const broken = {
      ...storage,
      removeItem: () => {
        throw new Error(`cannot remove ${[...items.keys()][0]}`)
      },
    }
    const error = await failureOf(complete(response, { storage: broken }))
    expect(error).toMatchObject({ code: 'store_failed', retryable: true })
    expect(error.message).not.toContain('cannot remove')
  })

  it.each(['https://evil.example/', '//evil.example', '/..//evil.example', 'javascript:alert(1)', ''])(
    'not: a way back that somebody has written into the storage, %s → is /',
    async (returnTo) => {
      const { begin, complete, items } = createSignIn()
      const response = responseTo(await begin())
      for (const [key, text] of items) items.set(key, JSON.stringify({ ...JSON.parse(text), returnTo }))
      expect((await complete(response)).returnTo).toBe('/')
    },
  )
})

it('whatever fails → shows no code, verifier, state or secret, in whatever way it is shown', async () => {
  const canary = 'Zx9CanaryQw7Vt3'
  const canaryCode = `c/${canary}`
  const clientSecret = `s+${canary}`
  const shown: string[] = []
  const attempts: [Record<string, string | undefined>, object, RegExp][] = [
    [{}, { clientId: 'other' }, /another clientId/],
    [{}, { redirectUri: `${redirectUri}/2` }, /not at the redirect URI/],
    [{}, { provider: null }, /provider: is missing/],
    [{ iss: `https://${canary}.example` }, {}, /another authorization server/],
    [{ state: canary }, {}, /no sign-in/],
    [{ error: canaryCode, error_description: `${canaryCode} ${clientSecret} ${encodeURIComponent(clientSecret)}` }, {}, /refused/],
    [{}, { url: `/callback?code=${canary}` }, /url: must be/],
    [{}, { storage: { getItem: () => JSON.parse(canary), setItem: () => {}, removeItem: () => {} } }, /storage of pending/],
  ]
  for (const [changes, options, message] of attempts) {
    const { begin, complete, items } = createSignIn()
    const url = await begin()
    const verifier = verifierIn(items)
    const error = await failureOf(complete(responseTo(url, { code: canaryCode, ...changes }), { clientSecret, ...options }))
    expect(error.message).toMatch(message)
    for (const [way, text] of Object.entries(renderings(error))) {
      if (hasCanary(text) || text.includes(verifier) || text.includes(stateOf(url))) shown.push(`${error.message} (${way}): ${text}`)
    }
  }
  expect(shown).toEqual([])
})

describe('in a page', () => {
  const at = 'https://app.example.com/start'

  it('in a page → the storage is its sessionStorage, and the response its own address, which is cleaned', async () => {
    const { client } = createSignIn()
    const storage = new FakeStorage()
    const page = stubPage(at, { storage })
    const url = await createAuthorizationUrl({ ...client, returnTo: 'https://app.example.com/shows' })
    expect(storage.length).toBe(1)
    page.location.href = `${responseTo(url, { tab: '2' }).href}#part`
    expect((await completeSignIn(client)).returnTo).toBe('/shows')
    expect(page.location.href).toBe(`${redirectUri}?tab=2#part`)
    expect(storage.length).toBe(0)
  })

  it('a way back to the page’s own origin, where the redirect URI has another → is taken', async () => {
    const { client } = createSignIn()
    stubPage('https://other.example/here', { storage: new FakeStorage() })
    const begin = (returnTo: string) => createAuthorizationUrl({ ...client, returnTo })
    await expect(begin('https://other.example/shows')).resolves.toBeInstanceOf(URL)
    await expect(begin('https://third.example/shows')).rejects.toThrow(ConfigurationError)
  })

  it('a response that is wrong → is gone from the address bar before the storage is asked', async () => {
    const { client } = createSignIn()
    const seen: string[] = []
    const storage = new FakeStorage()
    const page = stubPage(`${redirectUri}?code=c&state=${'s'.repeat(43)}`, { storage })
    storage.getItem = () => {
      seen.push(page.location.href)
      return null
    }
    await expect(completeSignIn(client)).rejects.toThrow(SignInFailedError)
    expect(seen).toEqual([redirectUri])
  })

  it.each([
    ['wrong options', { clientId: '' }],
    ['a storage that is none', { storage: {} as never }],
  ])('%s → the address bar is cleaned all the same', async (_, wrong) => {
    const { client } = createSignIn()
    const page = stubPage(`${redirectUri}?code=c&state=s`, { storage: new FakeStorage() })
    await expect(completeSignIn({ ...client, ...wrong })).rejects.toThrow(ConfigurationError)
    expect(page.location.href).toBe(redirectUri)
  })

  it('whose sessionStorage is blocked → the address bar is cleaned, and the error says what to do', async () => {
    const { client } = createSignIn()
    const page = stubPage(`${redirectUri}?code=c&state=s`)
    await expect(completeSignIn(client)).rejects.toThrow(/pass another `storage`/)
    expect(page.location.href).toBe(redirectUri)
  })

  it('an address that a router gives as a path → is resolved', async () => {
    const { client } = createSignIn()
    const page = stubPage(at, { storage: new FakeStorage() })
    const response = responseTo(await createAuthorizationUrl(client))
    page.location.href = response.href
    await expect(completeSignIn({ ...client, url: response.pathname + response.search })).resolves.toBeDefined()
    expect(page.location.href).toBe(redirectUri)
  })

  it('without TLS → what was begun elsewhere can still be completed: nothing is computed then', async () => {
    const { begin, complete } = createSignIn()
    const response = responseTo(await begin())
    vi.stubGlobal('crypto', {})
    await expect(complete(response)).resolves.toBeDefined()
  })
})

describe('on a server', () => {
  it('without a storage → is refused, although Node.js has a sessionStorage', async () => {
    const { client } = createSignIn()
    const storage = expect.objectContaining({ name: 'ConfigurationError', option: 'storage' })
    await expect(createAuthorizationUrl(client)).rejects.toThrow(storage)
    await expect(completeSignIn({ ...client, url: `${redirectUri}?code=c&state=s` })).rejects.toThrow(storage)
  })

  it.each([undefined, '', '/callback?code=c', 'callback', null, 5])(
    'with %j as the address → is refused, without repeating it',
    async (url) => {
      const { client, storage } = createSignIn()
      const error = await failureOf(completeSignIn({ ...client, storage, url: url as string }))
      expect(error).toMatchObject({ name: 'ConfigurationError', option: 'url' })
      expect(error.message).not.toContain('code=')
    },
  )

  it('in a worker with a location of its own → that is not taken', async () => {
    const { client, storage } = createSignIn()
    vi.stubGlobal('location', { href: `${redirectUri}?code=c&state=s` })
    await expect(completeSignIn({ ...client, storage })).rejects.toThrow(expect.objectContaining({ option: 'url' }))
  })

  it('with the address of a `Request`, or a URL → works', async () => {
    const { begin, complete } = createSignIn()
    await expect(complete(new Request(responseTo(await begin())).url)).resolves.toBeDefined()
    await expect(complete(responseTo(await begin()))).resolves.toBeDefined()
  })
})
