import { describe, expect, it } from 'vitest'
import {
  ConfigurationError,
  InvalidTokenResponseError,
  isTokenwellError,
  OriginNotAllowedError,
  SignInFailedError,
  SignInRequiredError,
  TokenEndpointError,
  TokenNetworkError,
  TokenStoreError,
  TokenwellError,
} from '../../../src/base/errors.ts'

const all: [TokenwellError, string, boolean][] = [
  [new TokenEndpointError('refused', 'm'), 'TokenEndpointError', false],
  [new TokenEndpointError('unavailable', 'm'), 'TokenEndpointError', true],
  [new TokenEndpointError('redirected', 'm'), 'TokenEndpointError', false],
  [new TokenEndpointError('not_a_token_endpoint', 'm'), 'TokenEndpointError', false],
  [new TokenEndpointError('forced_renewals_paused', 'm'), 'TokenEndpointError', true],
  [new InvalidTokenResponseError('invalid_token_response', 'm'), 'InvalidTokenResponseError', false],
  [new InvalidTokenResponseError('unreadable_token_response', 'm'), 'InvalidTokenResponseError', true],
  [new TokenNetworkError('network_failed', 'm'), 'TokenNetworkError', true],
  [new TokenNetworkError('timed_out', 'm'), 'TokenNetworkError', true],
  [new TokenNetworkError('function_failed', 'm'), 'TokenNetworkError', true],
  [new SignInRequiredError('m'), 'SignInRequiredError', false],
  [new SignInFailedError('m'), 'SignInFailedError', false],
  [new OriginNotAllowedError('m'), 'OriginNotAllowedError', false],
  [new TokenStoreError('store_failed', 'm'), 'TokenStoreError', true],
  [new TokenStoreError('later_version', 'm'), 'TokenStoreError', false],
  [new ConfigurationError('clientId', 'm'), 'ConfigurationError', false],
]

it.each(all)('%s has its name, and says whether the same call may succeed later', (error, name, retryable) => {
  expect(error).toBeInstanceOf(TokenwellError)
  expect([error.name, error.retryable]).toEqual([name, retryable])
  expect(isTokenwellError(error)).toBe(true)
  expect(Object.keys(error)).not.toContain('name')
})

describe('details', () => {
  it('are fields, and those that are not there are none', () => {
    const error = new TokenEndpointError('refused', 'm', { status: 401, error: undefined, retryAt: 5 })
    expect(JSON.parse(JSON.stringify(error))).toEqual({ code: 'refused', retryable: false, status: 401, retryAt: 5 })
    expect('error' in error).toBe(false)
  })
  it('hide their cause from what prints fields', () => {
    const cause = new SignInRequiredError('inner')
    const error = new SignInRequiredError('m', { cause })
    expect(error.cause).toBe(cause)
    expect(Object.keys(error)).not.toContain('cause')
  })
  it('name the option', () => {
    expect(new ConfigurationError('clientId', 'is missing')).toMatchObject({ option: 'clientId', message: 'clientId: is missing' })
  })
})

it.each([[undefined], [null], ['x'], [{}], [new Error('x')]])('%j is no error of ours', (value) =>
  expect(isTokenwellError(value)).toBe(false),
)

it('a proxy that throws → is no error of ours', () => {
  const fail = () => {
    throw new Error('x')
  }
  const { proxy, revoke } = Proxy.revocable({}, {})
  revoke()
  expect([new Proxy({}, { has: fail }), proxy].map(isTokenwellError)).toEqual([false, false])
})
