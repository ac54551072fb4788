import { describe, expect, it } from 'vitest'
import { ConfigurationError, InvalidTokenResponseError } from '../../src/base/errors.ts'
import { clientCredentials } from '../../src/grants/client-credentials.ts'
import { TokenManager } from '../../src/manager/token-manager.ts'
import { startApi } from '../support/loopback-api.ts'
import { startServer } from '../support/loopback-server.ts'
import { apiUrl, createService } from '../support/service.ts'
import { testProvider } from '../support/test-provider.ts'

// RFC 6750: The OAuth 2.0 Authorization Framework: Bearer Token Usage. https://www.rfc-editor.org/rfc/rfc6750

const grant = clientCredentials({ clientId: 'client', clientSecret: 'client-secret' })

/** The example of section 4. */
const exampleReply = {
  access_token: 'mF_9.B5f-4.1JqM',
  token_type: 'Bearer',
  expires_in: 3600,
  refresh_token: 'tGzv3JOkF0XG5Qx2TlKWIA',
}

describe('2. each request carries the token by one method only', () => {
  it('2.1 the header is «Authorization: Bearer b64token», once, on the wire', async () => {
    const api = await startApi({ token: () => ({ json: exampleReply }) })
    const server = await startServer(() => ({}))
    const tokens = new TokenManager({ provider: { ...api.provider, apiUrl: server.origin }, grant })
    await tokens.fetch(`${server.origin}/resource`)
    const [request] = server.received
    const index = request?.rawHeaders.findIndex((name) => name.toLowerCase() === 'authorization') ?? -1
    expect(request?.rawHeaders[index + 1]).toBe('Bearer mF_9.B5f-4.1JqM')
    expect(request?.rawHeaders.filter((name) => name.toLowerCase() === 'authorization')).toHaveLength(1)
  })

  it('2.2 and 2.3 the token is neither in a body nor in a URL', async () => {
    const api = await startApi()
    const tokens = new TokenManager({ provider: api.provider, grant })
    await tokens.fetch(`${api.apiUrl}?q=1`, { method: 'POST', body: new URLSearchParams({ a: '1' }) })
    expect(api.apiRequests.map(({ target, body }) => [target, body.toString()])).toEqual([['/api?q=1', 'a=1']])
  })

  it.each([
    ['the characters of b64token', 'aZ09-._~+/=='],
    ['one character', 'x'],
    ['a long one', 'x'.repeat(16_384)],
  ])('2.1 %s are sent as they are', async (_, accessToken) => {
    const { tokens, apiCalls } = createService({ replies: [{ access_token: accessToken }] })
    await tokens.fetch(apiUrl)
    expect(apiCalls[0]?.headers.get('authorization')).toBe(`Bearer ${accessToken}`)
  })

  it.each(['a b', 'a\tb', 'a\r\nb', 'é', ''])('2.1 a token %j that the header cannot carry is refused at receipt', async (accessToken) => {
    const { tokens } = createService({ otherwise: { access_token: accessToken }, manager: { retry: { retries: 0 } } })
    await expect(tokens.getToken()).rejects.toThrow(InvalidTokenResponseError)
  })

  it.each(['Bearer', 'bearer', 'BEARER', undefined, 'mac'])('2.1 the scheme is «Bearer», whatever token_type says (%s)', async (type) => {
    const { tokens, apiCalls } = createService({ replies: [{ access_token: 'a', token_type: type }] })
    await tokens.fetch(apiUrl)
    expect(apiCalls[0]?.headers.get('authorization')).toBe('Bearer a')
  })
})

describe('3. the WWW-Authenticate response header', () => {
  const challenges = [
    'Bearer',
    'Bearer realm="example"',
    'Bearer realm="example", error="invalid_token", error_description="The access token expired"',
    'Basic realm="other", Bearer error="invalid_token"',
    undefined,
  ]
  it.each(challenges)('3. a 401 with «%s» → the token is renewed, and the request sent once more', async (challenge) => {
    const { tokens, apiCalls } = createService({
      api: ({ token }) =>
        new Response(null, { status: token === 'token-1' ? 401 : 200, headers: challenge ? { 'www-authenticate': challenge } : {} }),
    })
    expect((await tokens.fetch(apiUrl)).status).toBe(200)
    expect(apiCalls.map(({ token }) => token)).toEqual(['token-1', 'token-2'])
  })

  it('3. the challenge of a second 401 reaches the caller untouched', async () => {
    const challenge = challenges[2] ?? ''
    const { tokens } = createService({ api: () => new Response(null, { status: 401, headers: { 'www-authenticate': challenge } }) })
    expect((await tokens.fetch(apiUrl)).headers.get('www-authenticate')).toBe(challenge)
  })

  it.each([
    [400, 'invalid_request'],
    [401, 'insufficient_scope'],
    [403, 'insufficient_scope'],
  ])('3.1 a %i %s → is not repeated: a new token would change nothing', async (status, error) => {
    const headers = { 'www-authenticate': `Bearer error="${error}"` }
    const { tokens, apiCalls, tokenRequests } = createService({ api: () => new Response(null, { status, headers }) })
    expect((await tokens.fetch(apiUrl)).status).toBe(status)
    expect([apiCalls.length, tokenRequests.length]).toEqual([1, 1])
  })

  it('3.1 invalid_token: «the client MAY request a new access token and retry», and does so once for all that were rejected', async () => {
    const { tokens, apiCalls, tokenRequests } = createService({
      api: ({ token }) => new Response(null, { status: token === 'token-1' ? 401 : 200 }),
    })
    await tokens.getToken()
    await Promise.all(Array.from({ length: 20 }, () => tokens.fetch(apiUrl)))
    expect([apiCalls.length, tokenRequests.length]).toEqual([40, 2])
  })
})

it('4. the example response gives a token that lives an hour, with a refresh token', async () => {
  const { tokens, clock } = createService({ replies: [exampleReply] })
  expect(await tokens.getToken()).toEqual({
    accessToken: 'mF_9.B5f-4.1JqM',
    tokenType: 'Bearer',
    issuedAt: clock.now(),
    expiresAt: clock.now() + 3_600_000,
    refreshToken: 'tGzv3JOkF0XG5Qx2TlKWIA',
  })
})

describe('5.3 recommendations', () => {
  it.each([
    ['the API', { apiUrl: 'http://api.example.com' }],
    ['the token endpoint', { tokenUrl: 'http://auth.example.com/token' }],
  ])('«always use TLS»: http: for %s is refused', (_, profile) => {
    expect(() => new TokenManager({ provider: { ...testProvider(), ...profile }, grant })).toThrow(ConfigurationError)
  })

  it('«ensure that bearer tokens are not leaked to unintended parties»: another origin does not get them', async () => {
    const { tokens, apiCalls } = createService({ manager: { foreignOrigins: 'pass-through' } })
    await tokens.getToken()
    await tokens.fetch('https://elsewhere.example/')
    expect(apiCalls[0]?.headers.has('authorization')).toBe(false)
  })

  it('«don’t store bearer tokens in cookies»: no request of ours sets one', async () => {
    const { tokens, apiCalls, tokenRequests } = createService()
    await tokens.fetch(apiUrl)
    expect([apiCalls[0]?.headers.has('cookie'), 'cookie' in (tokenRequests[0]?.headers ?? {})]).toEqual([false, false])
  })
})
