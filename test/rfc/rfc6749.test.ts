import { describe, expect, it } from 'vitest'
import { createTokenSource } from '../../src/endpoint/token-source.ts'
import { authorizationCode } from '../../src/grants/authorization-code.ts'
import { clientCredentials } from '../../src/grants/client-credentials.ts'
import { customGrant } from '../../src/grants/custom-grant.ts'
import { password } from '../../src/grants/password.ts'
import { refreshToken } from '../../src/grants/refresh-token.ts'
import { oauth2 } from '../../src/providers/oauth2.ts'
import type { Token } from '../../src/token/token.ts'
import type { Grant } from '../../src/vocabulary/grant.ts'
import type { Provider } from '../../src/vocabulary/provider.ts'
import { tokenOf } from '../support/token-of.ts'

// The client and the values of the RFC's own examples.
const client = { clientId: 's6BhdRkqt3', clientSecret: 'gX1fBat3bV' }
const urls = { tokenUrl: 'https://server.example.com/token', apiUrl: 'https://api.example.com' }
const asBasic = 'Basic czZCaGRSa3F0MzpnWDFmQmF0M2JW'
const now = 1_800_000_000_000

interface Seen {
  method: string
  url: string
  authorization: string | null
  type: string | null
  body: string
}

function endpoint(grant: Grant, reply: () => Response = () => Response.json({ access_token: 'a' }), changes: Partial<Provider> = {}) {
  const seen: Seen[] = []
  const { provider } = oauth2({ ...urls, ...client })
  const source = createTokenSource({
    provider: { ...provider, ...changes },
    grant,
    now: () => now,
    retry: { retries: 0 },
    fetch: async (input, init) => {
      const request = new Request(input, init)
      const { method, url, headers } = request
      seen.push({ method, url, authorization: headers.get('authorization'), type: headers.get('content-type'), body: await request.text() })
      return reply()
    },
  })
  return { source, seen }
}

const reply =
  (body: object, status = 200) =>
  () =>
    Response.json(body, { status, headers: { 'cache-control': 'no-store', pragma: 'no-cache' } })
const held: Token = {
  accessToken: 'a0',
  refreshToken: 'tGzv3JOkF0XG5Qx2TlKWIA',
  tokenType: 'example',
  issuedAt: now,
  expiresAt: now,
  scope: ['a', 'b'],
}

describe('§2.3.1 client password', () => {
  it('the client authenticates with HTTP Basic, as in the example', async () => {
    const { source, seen } = endpoint(clientCredentials(client))
    await source.ask()
    expect(seen[0]?.authorization).toBe(asBasic)
    expect(seen[0]?.body).not.toContain('client_id')
  })
  it('identifier and secret are form-encoded before they are joined', async () => {
    const { source, seen } = endpoint(clientCredentials({ clientId: 'a:b c', clientSecret: 'ü%+&' }))
    await source.ask()
    expect(atob(seen[0]?.authorization?.slice(6) ?? '')).toBe('a%3Ab+c:%C3%BC%25%2B%26')
  })
  it('or in the body, as in the example', async () => {
    const grant = refreshToken({ ...client, refreshToken: 'tGzv3JOkF0XG5Qx2TlKWIA' })
    const { source, seen } = endpoint(grant, undefined, { tokenRequest: { clientAuthentication: 'body' } })
    await source.ask()
    expect(seen[0]).toEqual({
      method: 'POST',
      url: 'https://server.example.com/token',
      authorization: null,
      type: 'application/x-www-form-urlencoded',
      body: 'grant_type=refresh_token&refresh_token=tGzv3JOkF0XG5Qx2TlKWIA&client_id=s6BhdRkqt3&client_secret=gX1fBat3bV',
    })
  })
  it('the credentials are never in the URL', async () => {
    const { source, seen } = endpoint(password({ ...client, username: 'johndoe', password: 'A3ddj3w' }))
    await source.ask()
    expect(seen[0]?.url).toBe(urls.tokenUrl)
  })
})

describe('§3.2 token endpoint', () => {
  it('POST is used, and a query component of the endpoint is kept', async () => {
    const { source, seen } = endpoint(clientCredentials(client), undefined, { tokenUrl: 'https://server.example.com/token?tenant=1' })
    await source.ask()
    expect(seen[0]).toMatchObject({ method: 'POST', url: 'https://server.example.com/token?tenant=1' })
  })
  it('parameters without a value are omitted', async () => {
    const { source, seen } = endpoint(clientCredentials({ ...client, scope: '' }))
    await source.ask()
    expect(seen[0]?.body).toBe('grant_type=client_credentials')
  })
  it('no parameter is included more than once', async () => {
    const grant = customGrant({ ...client, grantType: 'x', parameters: { client_id: client.clientId, grant_type: 'y' } })
    const { source, seen } = endpoint(grant, undefined, {
      tokenRequest: { clientAuthentication: 'body', extraParameters: { client_id: 'z' } },
    })
    await source.ask()
    const names = [...new URLSearchParams(seen[0]?.body).keys()]
    expect(new Set(names).size).toBe(names.length)
  })
})

describe('§3.2.1 client authentication', () => {
  it('a public client names itself by client_id', async () => {
    const { source, seen } = endpoint(authorizationCode({ clientId: client.clientId, code: 'SplxlOBeZQQYbYS6WxSbIA' }))
    await source.ask()
    expect(seen[0]).toMatchObject({
      authorization: null,
      body: 'code=SplxlOBeZQQYbYS6WxSbIA&grant_type=authorization_code&client_id=s6BhdRkqt3',
    })
  })
})

describe('§3.3 access token scope', () => {
  it('scopes are a list separated by spaces, case-sensitive', async () => {
    const { source, seen } = endpoint(clientCredentials({ ...client, scope: ['Read', 'read'] }))
    await source.ask()
    expect(new URLSearchParams(seen[0]?.body).get('scope')).toBe('Read read')
  })
})

describe('§4 grants', () => {
  const redirectUri = 'https://client.example.com/cb'
  it.each<[string, Grant, Record<string, string>]>([
    [
      '§4.1.3 authorization code',
      authorizationCode({ ...client, code: 'SplxlOBeZQQYbYS6WxSbIA', redirectUri }),
      { grant_type: 'authorization_code', code: 'SplxlOBeZQQYbYS6WxSbIA', redirect_uri: redirectUri },
    ],
    [
      '§4.3.2 resource owner password',
      password({ ...client, username: 'johndoe', password: 'A3ddj3w' }),
      { grant_type: 'password', username: 'johndoe', password: 'A3ddj3w' },
    ],
    ['§4.4.2 client credentials', clientCredentials(client), { grant_type: 'client_credentials' }],
    [
      '§4.5 extension grants',
      customGrant({ ...client, grantType: 'urn:ietf:params:oauth:grant-type:saml2-bearer', parameters: { assertion: 'PEFzc2VydGlvbi' } }),
      { grant_type: 'urn:ietf:params:oauth:grant-type:saml2-bearer', assertion: 'PEFzc2VydGlvbi' },
    ],
    [
      '§6 refresh',
      refreshToken({ ...client, refreshToken: 'tGzv3JOkF0XG5Qx2TlKWIA' }),
      { grant_type: 'refresh_token', refresh_token: 'tGzv3JOkF0XG5Qx2TlKWIA' },
    ],
  ])('%s: the request of the example', async (_, grant, parameters) => {
    const { source, seen } = endpoint(grant)
    await source.ask()
    expect(seen).toHaveLength(1)
    expect(seen[0]).toMatchObject({ method: 'POST', url: urls.tokenUrl, authorization: asBasic, type: 'application/x-www-form-urlencoded' })
    expect(Object.fromEntries(new URLSearchParams(seen[0]?.body))).toEqual(parameters)
  })
})

describe('§5.1 successful response', () => {
  it('the example is understood, and unrecognized parameters are ignored', async () => {
    const example = {
      access_token: '2YotnFZFEjr1zCsicMWpAA',
      token_type: 'example',
      expires_in: 3600,
      refresh_token: 'tGzv3JOkF0XG5Qx2TlKWIA',
      example_parameter: 'example_value',
    }
    expect(await tokenOf(endpoint(clientCredentials(client), reply(example)).source.ask())).toEqual({
      accessToken: '2YotnFZFEjr1zCsicMWpAA',
      tokenType: 'example',
      issuedAt: now,
      expiresAt: now + 3_600_000,
      refreshToken: 'tGzv3JOkF0XG5Qx2TlKWIA',
    })
  })
  it('without expires_in the lifetime comes by other means: an hour', async () => {
    expect(await tokenOf(endpoint(clientCredentials(client), reply({ access_token: 'a' })).source.ask())).toMatchObject({
      expiresAt: now + 3_600_000,
    })
  })
})

describe('§4.1.1, §4.3 queries', () => {
  it('a space is %20, which servers read alike whether they know forms or not', async () => {
    const grant = password({ ...client, username: 'john doe', password: 'a+b c' })
    const { source, seen } = endpoint(grant, undefined, { tokenRequest: { method: 'GET', clientAuthentication: 'query' } })
    await source.ask()
    expect(seen[0]?.url).toContain('username=john%20doe&password=a%2Bb%20c')
  })
})

describe('§5.2 error response', () => {
  it.each([
    ['invalid_request', 400],
    ['invalid_client', 401],
    ['invalid_grant', 400],
    ['unauthorized_client', 400],
    ['unsupported_grant_type', 400],
    ['invalid_scope', 400],
  ])('%s with status %i is a refusal that says so', async (error, status) => {
    const body = { error, error_description: 'As described.', error_uri: 'https://server.example.com/errors' }
    const { source } = endpoint(clientCredentials(client), reply(body, status))
    const refusal = await tokenOf(source.ask()).catch((thrown: Error) => thrown)
    expect(refusal).toMatchObject({ code: 'refused', error, errorDescription: 'As described.', status, retryable: false })
  })
})

describe('§6 refreshing an access token', () => {
  const grant = authorizationCode({ ...client, code: 'c' })
  it('the client authenticates, and asks for no other scope', async () => {
    const { source, seen } = endpoint(grant)
    await source.present(held)
    expect(seen[0]).toMatchObject({ authorization: asBasic, body: 'grant_type=refresh_token&refresh_token=tGzv3JOkF0XG5Qx2TlKWIA' })
  })
  it('a new refresh token replaces the old one', async () => {
    expect((await tokenOf(endpoint(grant, reply({ access_token: 'a1', refresh_token: 'new' })).source.present(held))).refreshToken).toBe(
      'new',
    )
  })
  it('without a new one the old one is kept, and an omitted scope is the old one', async () => {
    expect(await tokenOf(endpoint(grant, reply({ access_token: 'a1' })).source.present(held))).toMatchObject({
      accessToken: 'a1',
      refreshToken: held.refreshToken,
      scope: ['a', 'b'],
    })
  })
})

describe('appendix A: syntax', () => {
  it.each([['!"#$%&\'()*+,-./:;<=>?@[\\]^_`{|}~'], ['~'.repeat(16_384)]])(
    '§A.12 an access token of visible characters is taken: %.40s',
    async (text) => {
      expect((await tokenOf(endpoint(clientCredentials(client), reply({ access_token: text })).source.ask())).accessToken).toBe(text)
    },
  )
  it.each([['a\u0000b'], ['a\nb'], ['a\u007fb'], ['a b'], ['é']])('§A.12 one that no header can carry is not: %j', async (text) => {
    await expect(endpoint(clientCredentials(client), reply({ access_token: text })).source.ask()).rejects.toMatchObject({
      code: 'invalid_token_response',
    })
  })
  it('§A.17 a refresh token may hold spaces', async () => {
    const { source } = endpoint(clientCredentials(client), reply({ access_token: 'a', refresh_token: 'r 1' }))
    expect((await tokenOf(source.ask())).refreshToken).toBe('r 1')
  })
})

describe('appendix B: form encoding', () => {
  it('the example of the appendix is encoded in UTF-8', async () => {
    const { source, seen } = endpoint(customGrant({ ...client, grantType: 'x', parameters: { p: ' %&+£€' } }))
    await source.ask()
    expect(seen[0]?.body).toContain('p=+%25%26%2B%C2%A3%E2%82%AC')
  })
})
