import { afterEach, describe, expect, it, vi } from 'vitest'
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
  afterEach(() => {
    vi.restoreAllMocks()
  })

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

  it('an outage → is remembered up to a fifth less at random, so that a fleet does not come back all at once', () => {
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

  it('refusals that follow one another → are remembered twice as long each time, up to 15 min', () => {
    const memory = new FailureMemory()
    const waits = Array.from({ length: 7 }, () => {
      const error = refusal()
      memory.remember(error, 0)
      return error.retryAt
    })
    expect(waits).toEqual([30_000, 60_000, 120_000, 240_000, 480_000, 900_000, 900_000])
  })

  it('a refusal → gives a note for the store, which counts on from what the store knows; an outage gives none', () => {
    const memory = new FailureMemory()
    expect(memory.remember(new TokenEndpointError('refused', 'no', { error: 'invalid_client', status: 401 }), 0, 2)).toEqual({
      code: 'refused',
      error: 'invalid_client',
      status: 401,
      until: 120_000,
      times: 3,
    })
    expect(memory.remember(outage(), 0)).toBeUndefined()
  })

  it('the same error a second time → counts once', () => {
    const memory = new FailureMemory()
    const error = refusal()
    memory.remember(error, 0)
    expect(memory.remember(error, 1_000)).toBeUndefined()
    expect(error.retryAt).toBe(30_000)
  })

  it('a refusal that another context noted → is an error here until it ends, and the next one is remembered longer', () => {
    const memory = new FailureMemory()
    const error = memory.rememberNoted({ code: 'refused', error: 'invalid_client', status: 401, until: 20_000, times: 2 }, 0)
    expect(error).toMatchObject({ code: 'refused', error: 'invalid_client', status: 401, retryAt: 20_000 })
    expect(memory.recall(19_999)).toBe(error)
    expect(memory.recall(20_000)).toBeUndefined()
    expect(memory.remember(refusal(), 20_000)).toMatchObject({ times: 3, until: 140_000 })
  })

  it.each([
    ['invalid_token_response', InvalidTokenResponseError],
    ['unavailable', TokenEndpointError],
    ['refused', TokenEndpointError],
    ['sign_in_required', SignInRequiredError],
    ['invalid_configuration', ConfigurationError],
  ])('a note with the code %s → becomes an error of its class', (code, type) => {
    expect(new FailureMemory().rememberNoted({ code, until: 1, times: 1 }, 0)).toBeInstanceOf(type)
    expect(new FailureMemory().rememberNoted({ code, until: 1, times: 1 }, 0)).toMatchObject({ code })
  })

  it('that an exchange returned no reply, as another context noted → is told until the note ends', () => {
    const memory = new FailureMemory()
    const error = memory.rememberNoted({ code: 'invalid_configuration', until: 20_000, times: 1 }, 0)
    expect(error).toMatchObject({ option: 'exchange', retryAt: 20_000 })
    expect([memory.recall(19_999), memory.recall(20_000)]).toEqual([error, undefined])
  })

  it('a clock that is set back → ends the memory: nobody waits for a day that has been', () => {
    const memory = new FailureMemory()
    memory.remember(refusal(), 86_400_000)
    expect(memory.recall(86_400_000)).toBeDefined()
    expect(memory.recall(86_399_999)).toBeUndefined()
  })

  it.each([60_000, 3_600_000])('what a server’s Retry-After may ask for (%i ms) → is remembered', (ms) => {
    const memory = new FailureMemory()
    memory.remember(new TokenEndpointError('unavailable', 'busy', { retryAt: ms }), 0)
    expect(memory.recall(ms - 1)).toBeDefined()
  })

  it('a sign-in that is required → is known while the store holds the same record, and is a change once', () => {
    const memory = new FailureMemory()
    const error = new SignInRequiredError('sign in')
    expect([memory.rememberSignIn(error, 'id'), memory.rememberSignIn(error, 'id')]).toEqual([true, false])
    const record = { version: 1, key: 'k', id: 'id', epoch: 'e' } as const
    expect(memory.recallSignIn({ is: 'cleared', record })).toBe(error)
    expect(memory.recallSignIn({ is: 'cleared', record: { ...record, id: 'other' } })).toBeUndefined()
    expect(memory.recallSignIn({ is: 'nothing', record: undefined })).toBeUndefined()
    expect(memory.recallSignIn({ is: 'unknown', error: undefined })).toBeUndefined()
    expect(memory.isSignInRequired).toBe(true)
  })

  it('a sign-in that is needed → is not kept', () => {
    const memory = new FailureMemory()
    memory.remember(new SignInRequiredError('sign in'), 0)
    expect(memory.recall(0)).toBeUndefined()
  })
})
