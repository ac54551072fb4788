import { describe, expect, it, vi } from 'vitest'
import {
  ConfigurationError,
  InvalidTokenResponseError,
  SignInRequiredError,
  TokenEndpointError,
  TokenNetworkError,
  TokenStoreError,
} from '../../../src/base/errors.ts'
import { FailureMemory } from '../../../src/token/failure-memory.ts'

const refusal = () => new TokenEndpointError('refused', 'no', { error: 'invalid_client' })
const outage = () => new TokenNetworkError('network_failed', 'away')

describe('FailureMemory', () => {
  it('a refusal → stands for 30 s, with the time as retryAt', () => {
    const memory = new FailureMemory()
    const error = refusal()
    memory.remember(error, 1_000)
    expect(error.retryAt).toBe(31_000)
    expect(memory.recall(30_999)).toBe(error)
    expect(memory.recall(31_000)).toBeUndefined()
  })

  it.each([
    ['an outage', outage],
    ['a reply that cannot be read', () => new InvalidTokenResponseError('unreadable_token_response', 'odd')],
    ['an endpoint out of order', () => new TokenEndpointError('unavailable', 'busy')],
    ['a store whose lock is taken', () => new TokenStoreError('lock_not_acquired', 'taken')],
    ['a secret that cannot be fetched', () => new ConfigurationError('clientSecret', 'failed')],
  ])('%s → stands for half a second, and doubles with each failure up to 30 s', (_, create) => {
    vi.spyOn(Math, 'random').mockReturnValue(0)
    const memory = new FailureMemory()
    const waits = Array.from({ length: 9 }, () => {
      const error = create()
      memory.remember(error, 0)
      return error.retryAt
    })
    expect(waits).toEqual([500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000])
  })

  it('chance → takes up to a fifth away, so that a fleet does not come back in step', () => {
    vi.spyOn(Math, 'random').mockReturnValue(1)
    const error = outage()
    new FailureMemory().remember(error, 0)
    expect(error.retryAt).toBe(400)
  })

  it('a Retry-After that the server gave → decides', () => {
    const memory = new FailureMemory()
    memory.remember(new TokenEndpointError('unavailable', 'busy', { retryAt: 60_000 }), 0)
    expect(memory.recall(59_999)?.retryAt).toBe(60_000)
    expect(memory.recall(60_000)).toBeUndefined()
  })

  it('a sign-in that is needed → is not kept', () => {
    const memory = new FailureMemory()
    memory.remember(new SignInRequiredError('sign in'), 0)
    expect(memory.recall(0)).toBeUndefined()
  })
})
