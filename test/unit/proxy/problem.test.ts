import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import {
  ConfigurationError,
  InvalidTokenResponseError,
  OriginNotAllowedError,
  SignInRequiredError,
  TokenEndpointError,
  TokenNetworkError,
  TokenStoreError,
} from '../../../src/base/errors.ts'
import { describeProblem, Problem } from '../../../src/proxy/problem.ts'

beforeEach(() => void vi.useFakeTimers({ now: 1_000_000, toFake: ['Date'] }))
afterEach(() => void vi.useRealTimers())

describe('what was thrown becomes', () => {
  it.each([
    [new Problem('forbidden'), 'forbidden', 403],
    [new SignInRequiredError('canary'), 'sign_in_required', 401],
    [new SignInRequiredError('canary', {}, true), 'token_unavailable', 503],
    [new TokenEndpointError('refused', 'canary', { errorDescription: 'canary' }), 'token_refused', 502],
    [new TokenEndpointError('redirected', 'canary'), 'token_refused', 502],
    [new TokenEndpointError('unavailable', 'canary'), 'token_unavailable', 503],
    [new TokenNetworkError('timed_out', 'canary', { url: 'https://canary' }), 'token_unavailable', 503],
    [new InvalidTokenResponseError('unreadable_token_response', 'canary'), 'token_unavailable', 503],
    [new InvalidTokenResponseError('invalid_token_response', 'canary'), 'token_refused', 502],
    [new TokenStoreError('later_version', 'canary'), 'token_unavailable', 503],
    [new TokenStoreError('store_failed', 'canary'), 'token_unavailable', 503],
    [new OriginNotAllowedError('canary'), 'misconfigured', 500],
    [new ConfigurationError('canary', 'canary'), 'misconfigured', 500],
    [new TypeError('canary'), 'misconfigured', 500],
    ['canary', 'misconfigured', 500],
    [undefined, 'misconfigured', 500],
  ])('%s → %s, %i, without a word of it', async (thrown, code, status) => {
    const response = describeProblem(thrown, undefined).toResponse()
    expect(response.status).toBe(status)
    expect(Object.fromEntries(response.headers)).toEqual({
      'content-type': 'application/problem+json',
      'cache-control': 'private, no-store',
      'x-content-type-options': 'nosniff',
      'x-tokenwell-error': code,
    })
    const body = await response.json()
    expect(body).toEqual({ status, code, detail: expect.stringMatching(/^[A-Z].+\.$/) })
    expect(JSON.stringify(body)).not.toContain('canary')
  })

  it('of a caller that has gone: client_gone, whatever it was', () => {
    const signal = AbortSignal.abort()
    expect(describeProblem(signal.reason, signal).toResponse().status).toBe(499)
    expect(describeProblem(new TypeError('x'), signal).code).toBe('client_gone')
    expect(describeProblem(new Problem('not_found'), signal).code).toBe('not_found')
    expect(describeProblem(new TypeError('x'), new AbortController().signal).code).toBe('misconfigured')
  })
})

describe('Retry-After', () => {
  const retryAfter = (retryAt: number | undefined, code: 'unavailable' | 'refused' = 'unavailable') =>
    describeProblem(new TokenEndpointError(code, 'x', { retryAt }), undefined)
      .toResponse()
      .headers.get('retry-after')

  it.each([
    [undefined, null],
    [999_999, null],
    [1_000_000, null],
    [1_000_001, '1'],
    [1_001_000, '1'],
    [1_001_001, '2'],
    [1_030_000, '30'],
  ])('of retryAt %s → %s', (retryAt, seconds) => expect(retryAfter(retryAt)).toBe(seconds))

  it('is there for a refusal too', () => expect(retryAfter(1_030_000, 'refused')).toBe('30'))
})
