import { expect, it } from 'vitest'
import {
  ConfigurationError,
  InvalidTokenResponseError,
  OriginNotAllowedError,
  SignInFailedError,
  SignInRequiredError,
  TokenEndpointError,
  TokenNetworkError,
  TokenStoreError,
} from '../../../src/base/errors.ts'
import { type FailureKind, kindOf } from '../../../src/base/failure-kind.ts'

it.each<[string, unknown, FailureKind]>([
  ['a refusal', new TokenEndpointError('refused', ''), 'refusal'],
  ['a refusal with status 429', new TokenEndpointError('refused', '', { status: 429 }), 'refusal'],
  ['a reply without a token', new InvalidTokenResponseError('invalid_token_response', ''), 'no-token'],
  ['429', new TokenEndpointError('unavailable', '', { status: 429 }), 'throttled'],
  ['429 with a word', new TokenEndpointError('unavailable', '', { status: 429, error: 'slow_down' }), 'throttled'],
  ['503', new TokenEndpointError('unavailable', '', { status: 503 }), 'outage'],
  ['a word of outage', new TokenEndpointError('unavailable', '', { status: 400, error: 'server_error' }), 'outage'],
  ['paused renewals', new TokenEndpointError('forced_renewals_paused', ''), 'outage'],
  ['a redirect', new TokenEndpointError('redirected', ''), 'misdirected'],
  ['a place that is no token endpoint', new TokenEndpointError('not_a_token_endpoint', ''), 'misdirected'],
  ['a page', new InvalidTokenResponseError('unreadable_token_response', ''), 'lost'],
  ['a failed network', new TokenNetworkError('network_failed', ''), 'lost'],
  ['a deadline', new TokenNetworkError('timed_out', ''), 'lost'],
  ['a function that gave no secret: nothing was sent', new TokenNetworkError('function_failed', ''), 'outage'],
  ['a function that could not read a reply', new TokenNetworkError('function_failed', '', { status: 200 }), 'lost'],
  ['an exchange that threw, perhaps after a request', new TokenNetworkError('function_failed', '', { option: 'exchange' }), 'lost'],
  ['a sign-in that is required', new SignInRequiredError(''), 'sign-in'],
  ['a store', new TokenStoreError('store_failed', ''), 'store'],
  ['a lock', new TokenStoreError('lock_not_acquired', ''), 'store'],
  ['a write whose outcome is unknown', new TokenStoreError('outcome_unknown', ''), 'store'],
  ['a record of a later version', new TokenStoreError('later_version', ''), 'store'],
  ['an exchange that returned no reply', new ConfigurationError('exchange', ''), 'no-token'],
  ['an option', new ConfigurationError('x', ''), 'configuration'],
  ['an origin', new OriginNotAllowedError(''), 'configuration'],
  ['a sign-in that failed', new SignInFailedError(''), 'configuration'],
  ['a platform’s error', new TypeError('fetch failed'), 'foreign'],
  ['a text', 'refused', 'foreign'],
  ['nothing', undefined, 'foreign'],
  ['an object that looks like one of ours', { code: 'refused' }, 'foreign'],
])('%s', (_, error, kind) => expect(kindOf(error)).toBe(kind))

it('an error of another copy of this package has its kind too', () => {
  const other = Object.defineProperty(new Error('x'), Symbol.for('tokenwell.error'), { value: true })
  expect(kindOf(Object.assign(other, { code: 'network_failed' }))).toBe('lost')
  expect(kindOf(Object.assign(other, { code: 'of_a_later_version' }))).toBe('configuration')
})
