import { describe, expect, it, vi } from 'vitest'
import { judgeResponse } from '../../../src/http/judge-response.ts'
import type { Provider } from '../../../src/vocabulary/provider.ts'
import { testProvider } from '../../support/test-provider.ts'

const scopeChallenge = { 'www-authenticate': 'Bearer error="insufficient_scope", scope="write"' }

function judge(response: Response, profile: Partial<Provider> = {}, arrival: object = {}) {
  return judgeResponse(
    { response, isRedirected: false, isTokenDropped: false, url: 'https://api.ok/x', ...arrival },
    { provider: testProvider(profile), origins: ['https://api.ok'], holdsSecret: () => false, onBroken: () => {} },
  )
}

describe('what a response says about the token', () => {
  it.each([
    [200, {}, 'accepted'],
    [204, {}, 'accepted'],
    [302, {}, 'accepted'],
    [401, {}, 'rejected'],
    [401, { 'www-authenticate': 'Bearer error="invalid_token"' }, 'rejected'],
    [403, {}, 'accepted'],
    [404, {}, 'accepted'],
    [407, {}, 'accepted'],
    [500, {}, 'accepted'],
  ])('%i with %j → %s', async (status, headers, expected) => {
    expect((await judge(new Response(null, { status, headers }))).is).toBe(expected)
  })

  it.each([
    [401, { is: 'accepted', scope: 'write' }],
    [403, { is: 'accepted', scope: 'write' }],
    [400, { is: 'accepted', scope: undefined }],
    [200, { is: 'accepted' }],
  ])('%i that says insufficient_scope → %j', async (status, expected) => {
    expect(await judge(new Response(null, { status, headers: scopeChallenge }))).toEqual(expected)
  })

  it.each([401, 403])('%i that says insufficient_scope, and that the provider names → rejected', async (status) => {
    expect((await judge(new Response(null, { status, headers: scopeChallenge }), { isRejection: () => true })).is).toBe('rejected')
  })

  it('a 401 → the provider is not asked', async () => {
    const isRejection = vi.fn(() => false)
    expect((await judge(new Response(null, { status: 401 }), { isRejection })).is).toBe('rejected')
    expect(isRejection).not.toHaveBeenCalled()
  })

  it('an opaque response → nobody is asked', async () => {
    const isRejection = vi.fn(() => true)
    expect((await judge(Response.error(), { isRejection })).is).toBe('accepted')
    expect(isRejection).not.toHaveBeenCalled()
  })

  it('a response that cannot be cloned → is not rejected, and the one who asks hears of it', async () => {
    const onBroken = vi.fn()
    const response = { status: 403, ok: false, headers: new Headers() } as Response
    const options = { provider: testProvider({ isRejection: () => true }), origins: [], holdsSecret: () => false, onBroken }
    expect((await judgeResponse({ response, isRedirected: false, isTokenDropped: false, url: '' }, options)).is).toBe('accepted')
    expect(onBroken).toHaveBeenCalledOnce()
  })
})

describe('a response on whose way the token was left behind', () => {
  it.each([
    [401, 'https://api.ok/y', 'token-missing'],
    [401, 'https://elsewhere.example/', 'elsewhere'],
    [403, 'https://api.ok/y', 'elsewhere'],
    [200, 'https://api.ok/y', 'elsewhere'],
  ])('%i from %s → %s', async (status, url, expected) => {
    const isRejection = vi.fn(() => true)
    expect((await judge(new Response(null, { status }), { isRejection }, { isTokenDropped: true, url })).is).toBe(expected)
    expect(isRejection).not.toHaveBeenCalled()
  })
})
