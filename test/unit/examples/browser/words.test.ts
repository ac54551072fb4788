import type { TokenStatus } from 'tokenwell'
import { describe, expect, it } from 'vitest'
import { announce, describeEntry, explainAbsence, formatDuration, summarize } from '../../../../examples/browser/page/timeline/words.ts'

const status = (part: Partial<TokenStatus>): TokenStatus => ({
  provider: 'cam2',
  apiUrl: 'http://127.0.0.1/',
  origins: ['http://127.0.0.1'],
  tokenUrl: 'http://127.0.0.1/token',
  grant: 'client_credentials',
  state: 'fresh',
  reason: '',
  isRenewing: false,
  signInRequired: false,
  generation: 1,
  issuedAt: 0,
  agingAt: 20_000,
  expiresAt: 30_000,
  hasRefreshToken: false,
  ...part,
})

describe('the summary of a token', () => {
  it.each<[string, TokenStatus | undefined, number, string]>([
    ['not known', undefined, 0, ''],
    ['absent', status({ state: 'absent' }), 0, ''],
    ['fresh', status({}), 5_000, '25 s left · renewal in 15 s'],
    ['aging', status({ state: 'aging' }), 21_000, '9 s left · to be renewed'],
    ['aging, under way', status({ state: 'aging', isRenewing: true }), 21_000, '9 s left · being renewed'],
    [
      'aging after a failure',
      status({ state: 'aging', failure: { code: 'unavailable', retryAt: 24_000 } }),
      21_000,
      '9 s left · renewal tried again in 3 s',
    ],
    ['expired', status({ state: 'expired' }), 31_000, 'Expired · the next call gets a new one'],
    ['expired, under way', status({ state: 'expired', isRenewing: true }), 31_000, 'Expired · a new one is asked for'],
    [
      'expired after a failure',
      status({ state: 'expired', failure: { code: 'unavailable', retryAt: 33_000 } }),
      31_000,
      'Expired · tried again in 2 s',
    ],
  ])('%s', (_, given, now, text) => {
    expect(summarize(given, now)).toBe(text)
  })

  it('a token without an end says so', () => {
    const { expiresAt: _, agingAt: __, ...endless } = status({})
    expect(summarize(endless, 0)).toBe('Never expires')
  })
})

describe('why there is no token', () => {
  it.each(['camdram', 'visitor'] as const)('%s, where nobody has signed in → a link to the sign-in follows', (id) => {
    expect(explainAbsence(id, undefined, 0)).toEqual({ text: 'No token yet: ', canSignIn: true })
  })

  it('before the first call → said', () => {
    expect(explainAbsence('cam2', undefined, 0)).toEqual({ text: 'No token yet: the next call gets one.', canSignIn: false })
  })

  it('after a failure → the reason, and until when nothing is asked', () => {
    const failed = status({ state: 'absent', failure: { code: 'unavailable', retryAt: 5_000 } })
    const text = 'No token yet: its server is out of order, and is asked again in 4 s at the earliest.'
    expect(explainAbsence('visitor', failed, 1_000)).toEqual({ text, canSignIn: false })
    expect(explainAbsence('visitor', failed, 5_000)).toEqual({ text: 'No token yet: ', canSignIn: true })
  })
})

describe('durations', () => {
  it.each([
    [-5, '0 s'],
    [1_499, '1 s'],
    [99_000, '99 s'],
    [120_000, '2 min'],
  ])('%d ms → %s', (ms, text) => {
    expect(formatDuration(ms)).toBe(text)
  })
})

describe('what is said aloud', () => {
  it('a renewal in the background → nothing', () => {
    expect(announce('cam2', { kind: 'renewed', at: 0, generation: 2, issuedAt: 0, expiresAt: 30_000 })).toBeUndefined()
  })

  it('a failure that nobody notices → nothing', () => {
    expect(announce('cam2', { kind: 'failed', at: 0, code: 'unavailable', waiting: false })).toBeUndefined()
  })

  it('a failure that a call has to bear → said, with the name of the API', () => {
    expect(announce('cam2', { kind: 'failed', at: 0, code: 'unavailable', waiting: true })).toBe(
      'CAM2: No token for a call: its server is out of order',
    )
  })

  it('a code that is not known → its own words', () => {
    expect(describeEntry({ kind: 'failed', at: 0, code: 'lock_not_acquired', waiting: true })).toContain('lock not acquired')
  })
})
