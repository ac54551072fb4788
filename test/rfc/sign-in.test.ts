// The sentences of RFC 6749, 7636, 8252 and 9207 that a client which signs users in has to obey.
import { describe, expect, it } from 'vitest'
import { SignInFailedError } from '../../src/base/errors.ts'
import { oauth2 } from '../../src/providers/oauth2.ts'
import { buildCodeChallenge, createRandomText } from '../../src/sign-in/pkce.ts'
import type { AuthorizationUrlOptions } from '../../src/sign-in/sign-in.ts'
import { createService } from '../support/service.ts'
import { createSignIn, responseTo, type SignInOfTest, stateOf } from '../support/sign-in/begin-sign-in.ts'

// The client and the values of RFC 6749's own examples.
const clientId = 's6BhdRkqt3'
const redirectUri = 'https://client.example.com/cb'
const urls = {
  authorizationUrl: 'https://server.example.com/authorize',
  tokenUrl: 'https://server.example.com/token',
  apiUrl: 'https://api.example.com',
}

function createExample(changes: { authorizationUrl?: string; issuer?: string; redirectUri?: string } = {}): SignInOfTest {
  const { redirectUri: uri = redirectUri, ...server } = changes
  const { provider } = oauth2({ ...urls, ...server, clientId })
  const { begin, complete, ...rest } = createSignIn()
  const client = { provider, clientId, redirectUri: uri }
  return {
    ...rest,
    begin: (options) => begin({ ...client, ...options }),
    complete: (url, options) => complete(url, { ...client, ...options }),
  }
}

const begin = (options?: Partial<AuthorizationUrlOptions>, changes?: Parameters<typeof createExample>[0]) =>
  createExample(changes).begin(options)

/** Comes back with this from the server; `%s` stands for the state that was sent. */
async function answer(response: string, changes: Parameters<typeof createExample>[0] = {}) {
  const { begin: start, complete } = createExample(changes)
  const url = await start()
  return complete(response.replace('%s', stateOf(url)))
}

describe('RFC 6749 §3.1 authorization endpoint', () => {
  it('a query component of the endpoint is retained', async () => {
    const url = await begin({}, { authorizationUrl: `${urls.authorizationUrl}?tenant=1&tenant=2` })
    expect(url.searchParams.getAll('tenant')).toEqual(['1', '2'])
  })
  it('the endpoint has no fragment component', async () => {
    await expect(begin({}, { authorizationUrl: `${urls.authorizationUrl}#x` })).rejects.toMatchObject({
      option: 'provider.authorizationUrl',
    })
  })
  it('parameters without a value are omitted', async () => {
    expect((await begin({ scope: '' })).searchParams.has('scope')).toBe(false)
  })
  it('unrecognized response parameters are ignored', async () => {
    await expect(answer(`${redirectUri}?code=c&state=%s&session_state=x&authuser=0`)).resolves.toBeDefined()
  })
  it('request parameters are not included more than once', async () => {
    const names = [...(await begin({ scope: 'a', parameters: { prompt: 'login' } })).searchParams.keys()]
    expect(new Set(names).size).toBe(names.length)
  })
  it.each([
    ['code', 'code=c&code=d&state=%s'],
    ['state', 'code=c&state=%s&state=x'],
    ['iss', 'code=c&state=%s&iss=a&iss=a'],
  ])('response parameters must not be either: the %s', async (_, query) => {
    await expect(answer(`${redirectUri}?${query}`)).rejects.toThrow(SignInFailedError)
  })
})

describe('RFC 6749 §3.1.2 redirection endpoint', () => {
  it.each(['/cb', 'client.example.com/cb', 'https://client.example.com/cb#x'])(
    'an absolute URI without a fragment: %s is none',
    async (uri) => {
      await expect(begin({}, { redirectUri: uri })).rejects.toMatchObject({ option: 'redirectUri' })
    },
  )
  it('its query component is retained', async () => {
    const uri = `${redirectUri}?server=one`
    expect((await begin({}, { redirectUri: uri })).searchParams.get('redirect_uri')).toBe(uri)
    await expect(answer(`${uri}&code=c&state=%s`, { redirectUri: uri })).resolves.toBeDefined()
  })
  it('§3.1.2.1 TLS is required, but for the machine itself', async () => {
    await expect(begin({}, { redirectUri: 'http://client.example.com/cb' })).rejects.toMatchObject({ option: 'redirectUri' })
    await expect(begin({}, { redirectUri: 'http://127.0.0.1:8080/cb' })).resolves.toBeDefined()
  })
})

describe('RFC 6749 §4.1 authorization code', () => {
  it('§4.1.1 the request of the example', async () => {
    const url = await begin({ scope: 'a b' })
    expect(url.href).toMatch(
      /^https:\/\/server\.example\.com\/authorize\?response_type=code&client_id=s6BhdRkqt3&redirect_uri=https%3A%2F%2Fclient\.example\.com%2Fcb&scope=a%20b&state=/,
    )
  })
  it('§4.1.2 the response of the example, with the state that was sent', async () => {
    const { grant } = await answer(`${redirectUri}?code=SplxlOBeZQQYbYS6WxSbIA&state=%s`)
    expect(grant.secretParameters).toMatchObject({ code: 'SplxlOBeZQQYbYS6WxSbIA' })
  })
  it('§4.1.2 a code of any size is taken', async () => {
    const code = 'x'.repeat(4096)
    expect((await answer(`${redirectUri}?code=${code}&state=%s`)).grant.secretParameters).toMatchObject({ code })
  })
  it.each(['xyz', ''])('§4.1.2 the state is the exact value that the client sent: %j is not', async (state) => {
    await expect(answer(`${redirectUri}?code=SplxlOBeZQQYbYS6WxSbIA&state=${state}`)).rejects.toThrow(SignInFailedError)
  })
  it.each([
    ...['invalid_request', 'unauthorized_client', 'access_denied', 'unsupported_response_type', 'invalid_scope', 'server_error'],
    'temporarily_unavailable',
  ])('§4.1.2.1 the error %s is passed on as it is', async (error) => {
    const response = answer(`${redirectUri}?error=${error}&error_description=As+described.&state=%s`)
    await expect(response).rejects.toMatchObject({ code: 'sign_in_failed', error, errorDescription: 'As described.' })
  })
  it('§4.1.3 redirect_uri is in the token request, with the identical value', async () => {
    const uri = 'HTTPS://Client.example.com:443/cb'
    const { grant } = await answer(`${redirectUri}?code=c&state=%s`, { redirectUri: uri })
    const { tokens, tokenRequests } = createService({ grant })
    await tokens.getToken()
    expect(tokenRequests[0]?.parameters).toMatchObject({
      grant_type: 'authorization_code',
      code: 'c',
      redirect_uri: uri,
      client_id: clientId,
    })
  })
})

describe('RFC 6749 §10 security', () => {
  it('§10.6 the redirect URI of the request and of the exchange are the same: a response elsewhere is refused', async () => {
    await expect(answer('https://evil.example/cb?code=c&state=%s')).rejects.toThrow(SignInFailedError)
  })
  it('§10.10 states are not to be guessed: of 2000, none is like another, and all 64 characters come up evenly', async () => {
    const states = Array.from({ length: 2_000 }, createRandomText)
    expect(new Set(states.map((state) => state.slice(0, 20))).size).toBe(states.length)
    const counts = new Map<string, number>()
    for (const character of states.join('')) counts.set(character, (counts.get(character) ?? 0) + 1)
    expect(counts.size).toBe(64)
    // 2000 × 43 / 64 = 1344 each, standard deviation 36; the last character has 16 values only.
    for (const count of counts.values()) expect(count).toBeGreaterThan(1_000)
  })
  it('§10.12 a response that the client did not ask for is refused, and so is one that another user has asked for', async () => {
    const [mine, attacker] = [createExample(), createExample()]
    await mine.begin()
    const response = responseTo(await attacker.begin(), {}, redirectUri)
    await expect(mine.complete(response)).rejects.toThrow(SignInFailedError)
  })
})

describe('RFC 7636 proof key for code exchange', () => {
  it('§4.1 a verifier has 43 to 128 unreserved characters', () => {
    for (let count = 0; count < 100; count++) expect(createRandomText()).toMatch(/^[A-Za-z0-9._~-]{43,128}$/)
  })
  it('§4.2 and appendix B: the challenge of the example', async () => {
    expect(await buildCodeChallenge('dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk')).toBe('E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM')
  })
  it('§4.3 each request has another challenge, by S256', async () => {
    const [first, second] = [await begin(), await begin()]
    expect(first.searchParams.get('code_challenge')).not.toBe(second.searchParams.get('code_challenge'))
    expect(first.searchParams.get('code_challenge_method')).toBe('S256')
  })
  it('§4.5 the verifier of the challenge is in the token request', async () => {
    const { begin: start, complete } = createExample()
    const url = await start()
    const { grant } = await complete(responseTo(url, {}, redirectUri))
    const { tokens, tokenRequests } = createService({ grant })
    await tokens.getToken()
    const verifier = tokenRequests[0]?.parameters['code_verifier'] ?? ''
    expect(await buildCodeChallenge(verifier)).toBe(url.searchParams.get('code_challenge'))
  })
  it('§7.2 the method plain is not used, nor can it be asked for', async () => {
    await expect(begin({ parameters: { code_challenge_method: 'plain' } })).rejects.toMatchObject({
      option: 'parameters.code_challenge_method',
    })
  })
})

describe('RFC 8252 native apps', () => {
  it.each([
    ['§7.1 a private-use scheme, a domain name in reverse order', 'com.example.app:/oauth2redirect/example-provider'],
    ['§7.2 a claimed https scheme', 'https://app.example.com/oauth2redirect/example-provider'],
    ['§7.3 loopback, IPv4, any port', 'http://127.0.0.1:51004/oauth2redirect/example-provider'],
    ['§7.3 loopback, IPv6', 'http://[::1]:61023/oauth2redirect/example-provider'],
  ])('%s → works', async (_, uri) => {
    await expect(answer(`${uri}?code=c&state=%s`, { redirectUri: uri })).resolves.toBeDefined()
  })
  it('§7.1 a scheme without a dot, which apps SHOULD not have and many do, is taken; one that is run is not', async () => {
    expect((await begin({}, { redirectUri: 'myapp:/callback' })).searchParams.get('redirect_uri')).toBe('myapp:/callback')
    await expect(begin({}, { redirectUri: 'javascript:/callback' })).rejects.toMatchObject({ option: 'redirectUri' })
  })
  it('§8.1 PKCE is always used', async () => {
    expect((await begin({}, { redirectUri: 'http://127.0.0.1:51004/' })).searchParams.get('code_challenge')).toMatch(/^[\w-]{43}$/)
  })
  it('§8.10 each server with a redirect URI of its own: a response at that of another one is refused', async () => {
    await expect(answer('http://127.0.0.1:51004/two?code=c&state=%s', { redirectUri: 'http://127.0.0.1:51004/one' })).rejects.toThrow(
      SignInFailedError,
    )
  })
})

describe('RFC 9207 §2.4 the iss parameter', () => {
  const issuer = 'https://honest.as.example'
  it('the response of the example (§2.1) is taken', async () => {
    await expect(
      answer(`${redirectUri}?code=x1848ZT64p4IirMPT0R-X3141MFPTuBX-VFL_cvaplMH58&state=%s&iss=https%3A%2F%2Fhonest.as.example`, { issuer }),
    ).resolves.toBeDefined()
  })
  it('is decoded, and compared by simple string comparison', async () => {
    for (const iss of ['https%3A%2F%2Fhonest.as.example%2F', 'https://HONEST.as.example', 'https%3A%2F%2Fhonest.as.example%3A443']) {
      await expect(answer(`${redirectUri}?code=c&state=%s&iss=${iss}`, { issuer })).rejects.toThrow('another authorization server')
    }
  })
  it('a response with another issuer is rejected, and the grant does not go on', async () => {
    await expect(answer(`${redirectUri}?code=c&state=%s&iss=https://attacker.example`, { issuer })).rejects.toThrow(SignInFailedError)
  })
  it('an error response too, and the error is not believed', async () => {
    const failure = await answer(`${redirectUri}?error=access_denied&state=%s&iss=https://attacker.example`, { issuer }).catch(
      (error) => error,
    )
    expect(failure).toBeInstanceOf(SignInFailedError)
    expect(failure.error).toBeUndefined()
  })
})
