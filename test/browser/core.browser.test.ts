import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest'
import { discover, OriginNotAllowedError, oauth2, privateKeyJwt, TokenManager, TokenNetworkError, tokenExchange } from '../../src/index.ts'
import { createClient } from '../../src/ky.ts'

const unhandled: unknown[] = []
const onUnhandled = (event: PromiseRejectionEvent) => unhandled.push(event.reason)
beforeAll(() => addEventListener('unhandledrejection', onUnhandled))
afterAll(() => {
  removeEventListener('unhandledrejection', onUnhandled)
  expect(unhandled).toEqual([])
})

let world: string
let tokens: TokenManager

// The token endpoint and the API are another origin than the page: every call goes through CORS.
beforeEach(() => {
  world = `${inject('smokeUrl')}/${crypto.randomUUID()}`
  tokens = new TokenManager(oauth2({ tokenUrl: `${world}/token`, apiUrl: `${world}/api/`, clientId: 'id', clientSecret: 'secret' }))
})
afterEach(() => tokens.dispose())

const counts = async () => (await fetch(`${world}/counts`)).json()
const revoke = () => fetch(`${world}/revoke`, { method: 'POST' })

describe('the core, in a browser', () => {
  it('asks for a token once, however many calls wait for it', async () => {
    const responses = await Promise.all(Array.from({ length: 50 }, () => tokens.fetch(`${world}/api/a`)))
    expect(responses.map(({ status }) => status)).toEqual(Array(50).fill(200))
    expect(await counts()).toEqual({ tokenRequests: 1, apiRequests: 50, rejected: 0 })
  })

  it('replays a late 401 with the token that others have renewed meanwhile', async () => {
    await tokens.getToken()
    await revoke()
    const late = tokens.fetch(`${world}/api/late?delay=400`)
    const early = tokens.fetch(`${world}/api/early`)
    expect([(await early).status, (await late).status]).toEqual([200, 200])
    expect(await counts()).toEqual({ tokenRequests: 2, apiRequests: 4, rejected: 2 })
  })

  it('replays the body of a Request', async () => {
    await tokens.getToken()
    await revoke()
    const response = await tokens.fetch(new Request(`${world}/api/b`, { method: 'POST', body: 'the body' }))
    expect(await response.json()).toMatchObject({ method: 'POST', body: 'the body' })
    expect(await counts()).toEqual({ tokenRequests: 2, apiRequests: 2, rejected: 1 })
  })

  it('replays a FormData', async () => {
    await tokens.getToken()
    await revoke()
    const form = new FormData()
    form.set('field', 'its value')
    const response = await tokens.fetch(`${world}/api/b`, { method: 'POST', body: form })
    expect((await response.json()).body).toContain('its value')
  })

  it('rejects an aborted call with the reason of its caller, and only that call', async () => {
    const reason = { mine: true }
    const controller = new AbortController()
    const aborted = tokens.fetch(`${world}/api/a`, { signal: controller.signal })
    const other = tokens.fetch(`${world}/api/a`)
    controller.abort(reason)
    await expect(aborted).rejects.toBe(reason)
    expect((await other).status).toBe(200)
  })

  it('rejects a call that is aborted while the API is slow, with the reason of its caller', async () => {
    const reason = { mine: true }
    await tokens.getToken()
    const controller = new AbortController()
    const aborted = tokens.fetch(`${world}/api/a?delay=5000`, { signal: controller.signal })
    setTimeout(() => controller.abort(reason), 50)
    await expect(aborted).rejects.toBe(reason)
  })

  it('does not send a token to another origin', async () => {
    await expect(tokens.fetch('https://other.example/')).rejects.toBeInstanceOf(OriginNotAllowedError)
    expect(await counts()).toMatchObject({ tokenRequests: 0 })
  })

  it('resolves a relative URL against the page, whose origin gets no token unless it is allowed', async () => {
    await expect(tokens.fetch('/relative')).rejects.toBeInstanceOf(OriginNotAllowedError)
  })

  it('resolves a relative URL against <base href>, as the platform does', async () => {
    const base = document.createElement('base')
    base.href = `${world}/api/`
    document.head.append(base)
    try {
      expect((await (await tokens.fetch('relative')).json()).path).toMatch(/\/api\/relative$/)
    } finally {
      base.remove()
    }
  })

  it('joins paths to the API in a client', async () => {
    expect(await createClient(tokens).get('cities').json()).toMatchObject({ path: expect.stringMatching(/\/api\/cities$/) })
  })

  it('says that it may be CORS when the token endpoint cannot be read', async () => {
    const unreachable = new TokenManager({
      ...oauth2({ tokenUrl: `${inject('deadUrl')}/token`, apiUrl: world, clientId: 'id', clientSecret: 'secret' }),
      retry: { retries: 0 },
    })
    const error = await unreachable.getToken().catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(TokenNetworkError)
    expect((error as TokenNetworkError).message).toMatch(/CORS/)
    unreachable.dispose()
  })

  it('can hand its fetch to anybody, unbound', async () => {
    const { fetch: bare } = tokens
    expect((await bare(`${world}/api/a`)).status).toBe(200)
  })

  it('warns once, by an event, of a secret in a browser', async () => {
    const warnings: unknown[] = []
    tokens.on('warning', ({ code }) => warnings.push(code))
    await tokens.fetch(`${world}/api/a`)
    await tokens.getToken({ forceRenewal: true })
    expect(warnings).toEqual(['secret_in_browser'])
  })

  it('discovers an issuer, signs with a key that cannot leave the browser, and exchanges the token', async () => {
    const pair = await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, false, ['sign', 'verify'])
    await fetch(`${world}/key`, { method: 'POST', body: JSON.stringify(await crypto.subtle.exportKey('jwk', pair.publicKey)) })
    const clientAuthentication = privateKeyJwt({ key: pair.privateKey })
    const options = { issuer: world, apiUrl: `${world}/api`, clientId: 'signer', clientAuthentication }
    const signing = new TokenManager(await discover(options))
    const subjectToken = async () => (await signing.getToken()).accessToken
    const grant = tokenExchange({ subjectToken, subjectTokenType: 'access_token' })
    const exchanging = new TokenManager(await discover({ ...options, grant }))
    expect((await exchanging.fetch(`${world}/api/a`)).status).toBe(200)
    expect(await counts()).toEqual({ tokenRequests: 2, apiRequests: 1, rejected: 0 })
    for (const each of [signing, exchanging]) each.dispose()
  })
})
