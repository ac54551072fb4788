import { afterEach, describe, expect, it, vi } from 'vitest'
import { ConfigurationError } from '../../../src/base/errors.ts'
import { clientCredentials } from '../../../src/grants/client-credentials.ts'
import { TokenManager } from '../../../src/manager/token-manager.ts'
import type { Provider } from '../../../src/vocabulary/provider.ts'
import { apiUrl, createService } from '../../support/service.ts'
import { testProvider } from '../../support/test-provider.ts'

afterEach(() => void vi.unstubAllGlobals())

const grant = clientCredentials({ clientId: 'id' })
const places = [
  ['a page', 'document', { baseURI: 'https://page.ok/' }],
  ['a worker of a page', 'location', { href: 'https://page.ok/', origin: 'https://page.ok' }],
] as const

describe.each(places)('in %s', (_, name, value) => {
  it.each<[string, string, Partial<Provider>]>([
    ['a token in a cookie', 'provider', { authorization: { cookie: 'sid' } }],
    ['a token in a Cookie header', 'provider', { authorization: { headers: { Cookie: 'sid={access_token}' } } }],
    ['a token from a cookie', 'provider', { tokenResponse: { accessToken: ['token', 'cookie:sid'] } }],
    ['an error in a cookie', 'provider', { tokenResponse: { error: [{ path: 'cookie:error', error: 'x' }] } }],
    ['a rejection by a cookie', 'provider', { isRejection: { path: 'cookie:sid', is: 'gone' } }],
  ])('%s → a ConfigurationError of the manager', (_name, option, profile) => {
    const provider = testProvider(profile)
    expect(() => new TokenManager({ provider, grant }).dispose()).not.toThrow()
    vi.stubGlobal(name, value)
    expect(() => new TokenManager({ provider, grant })).toThrow(ConfigurationError)
    expect(() => new TokenManager({ provider, grant })).toThrow(new RegExp(`^${option}: .*tokenwell/proxy`))
  })

  it.each<[string, Partial<Provider>, string[]]>([
    ['a token in a header', { tokenResponse: { accessToken: ['access_token', 'header:X-Subject-Token'] } }, ['headers_hidden']],
    ['a rejection by a header', { isRejection: { path: 'header:x-session', is: 'gone' } }, ['headers_hidden']],
    ['a header that pages always see', { tokenResponse: { expiresAt: 'header:Expires' } }, []],
    ['no header', { tokenResponse: { extra: ['a'] }, isRejection: () => false }, []],
  ])('%s → at the first token request the warnings %j, once', async (_name, profile, codes) => {
    vi.stubGlobal(name, value)
    const { tokens, events } = createService({ provider: { tokenResponse: {}, ...profile }, grant })
    expect(events).toEqual([])
    await tokens.getToken()
    await tokens.getToken({ forceRenewal: true })
    expect(events.flatMap((event) => (event.type === 'warning' ? [event.code] : []))).toEqual(codes)
  })
})

it('headers of the origin of the page → are seen, and nobody is warned', async () => {
  vi.stubGlobal('location', { href: 'https://auth.example.com/x', origin: 'https://auth.example.com' })
  const { tokens, events } = createService({ provider: { tokenResponse: { accessToken: ['access_token', 'header:x-token'] } }, grant })
  await tokens.getToken()
  expect(events.map(({ type }) => type)).toEqual(['acquired'])
})

it.each([undefined, { href: 'https://page.ok/', origin: 'https://page.ok' }])(
  'Deno, whose location is %j → is no page: cookies travel, and nobody is warned',
  async (location) => {
    vi.stubGlobal('Deno', {})
    vi.stubGlobal('location', location)
    const { tokens, events, apiCalls } = createService({
      provider: { authorization: { cookie: 'sid' }, tokenResponse: { accessToken: ['access_token', 'header:x-token'] } },
    })
    await tokens.fetch(apiUrl)
    expect(apiCalls[0]?.headers.get('cookie')).toBe('sid=token-1')
    expect(events.map(({ type }) => type)).toEqual(['acquired'])
  },
)

it('outside of pages → nobody is warned', async () => {
  const { tokens, events } = createService({ provider: { tokenResponse: { accessToken: ['access_token', 'header:x-token'] } } })
  await tokens.getToken()
  expect(events.map(({ type }) => type)).toEqual(['acquired'])
})

describe('where replies may lead', () => {
  const apiOrigins = (origin: string) => testProvider({ apiOrigins: [origin], tokenResponse: { apiUrl: 'u' } })
  it.each(['http://*.api.example.com', 'http://127.0.0.1.example.com', 'http://*.10.example.com:80'])(
    '%s, without TLS → a ConfigurationError',
    (origin) => {
      const provider = apiOrigins(origin)
      expect(() => new TokenManager({ provider, grant })).toThrow(/^provider\.apiOrigins\[0\]: must begin with https:/)
      expect(() => new TokenManager({ provider, grant, allowInsecureRequests: true }).dispose()).not.toThrow()
    },
  )

  it.each(['https://*.api.example.com', 'http://127.0.0.1:8000', 'http://*.api.localhost', 'http://[::1]:80'])('%s → may be', (origin) => {
    expect(() => new TokenManager({ provider: apiOrigins(origin), grant }).dispose()).not.toThrow()
  })
})
