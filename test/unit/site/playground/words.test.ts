import { describe, expect, it } from 'vitest'
import { describeCalls, showFirstEnd } from '../../../../site/playground/words.ts'

const ok = { status: 200, body: '[{"id":1}]' }
const failed = { error: { name: 'TokenNetworkError', code: 'network_failed', message: 'The token endpoint cannot be reached.' } }
const cost = { tookMs: 530, tokenRequests: 0, rejectedCalls: 0 }

describe('describeCalls', () => {
  it.each([
    { of: 'one call', result: { ...cost, ends: [ok] }, text: 'The call was answered 200 in 0.5 s. No token requests.' },
    {
      of: 'ten calls and one token request',
      result: { ...cost, ends: Array.from({ length: 10 }, () => ok), tokenRequests: 1 },
      text: '10 calls: answered 200 in 0.5 s. 1 token request.',
    },
    {
      of: 'a call that failed',
      result: { ...cost, ends: [failed], tokenRequests: 2 },
      text: 'The call failed with TokenNetworkError in 0.5 s. 2 token requests.',
    },
    {
      of: 'calls that ended differently',
      result: { ...cost, ends: [ok, failed, ok] },
      text: '2 calls: answered 200, 1 call: failed with TokenNetworkError in 0.5 s. No token requests.',
    },
    {
      of: 'a rejected call that was sent again',
      result: { ...cost, ends: [ok], tokenRequests: 1, rejectedCalls: 1 },
      text: 'The call was answered 200 in 0.5 s. 1 token request. The API rejected 1 call: the token was renewed, and the call sent again.',
    },
    {
      of: 'a rejected call that stayed so',
      result: { ...cost, ends: [{ status: 403, body: '' }], rejectedCalls: 2 },
      text: 'The call was answered 403 in 0.5 s. No token requests. The API rejected 2 calls: no better token was found.',
    },
  ])('says how $of ended', ({ result, text }) => {
    expect(describeCalls(result)).toBe(text)
  })
})

describe('showFirstEnd', () => {
  it('shows the first error before any body', () => {
    expect(showFirstEnd({ ...cost, ends: [ok, failed] })).toBe('TokenNetworkError (network_failed): The token endpoint cannot be reached.')
  })

  it('shows an error of the platform, which has no code', () => {
    expect(showFirstEnd({ ...cost, ends: [{ error: { name: 'TypeError', message: 'fetch failed' } }] })).toBe('TypeError: fetch failed')
  })

  it('shows the beginning of a long body', () => {
    expect(showFirstEnd({ ...cost, ends: [{ status: 200, body: 'x'.repeat(1_000) }] })).toBe(`${'x'.repeat(280)} …`)
  })
})
