import { describe, expect, it } from 'vitest'
import { createTokenLedger, type Presentation } from '../../../../src/testing/emulation/token-ledger.ts'

const tokenNumber = (number: number) => ({
  accessToken: `a${number}`,
  refreshToken: `r${number}`,
  expiresAt: 1_000,
  clientId: 'c',
  grantType: 'password',
  chainStartedAt: 0,
  family: `f${number}`,
})

const createLedger = (reuse: 'refuse' | 'revoke-family' = 'refuse') => {
  const ledger = createTokenLedger({ now: () => 0, reuse })
  ledger.record(tokenNumber(1))
  const stateOf = (presentation?: Presentation) => ledger.findRefreshToken('r1', presentation).state
  return { ledger, stateOf }
}

it('an emulator that runs for days does not grow: the oldest tokens are forgotten', () => {
  const ledger = createTokenLedger({ now: () => 0, reuse: 'refuse' })
  for (let number = 0; number <= 20_000; number++) ledger.record(tokenNumber(number))
  expect(ledger.findAccessToken('a0').state).toBe('unknown')
  expect(ledger.findRefreshToken('r0').state).toBe('unknown')
  expect(ledger.findAccessToken('a1').state).toBe('valid')
  expect(ledger.findAccessToken('a20000').state).toBe('valid')
})

describe('a refresh token', () => {
  it('is found as often as it is looked for, until it is used up', () => {
    const { ledger, stateOf } = createLedger()
    expect([stateOf(), stateOf()]).toEqual(['valid', 'valid'])
    ledger.useUp('r1')
    expect([stateOf(), stateOf()]).toEqual(['used', 'used'])
  })

  it('is taken from requests that had arrived before its first use, up to their limit, and not from later ones', () => {
    const { ledger, stateOf } = createLedger()
    const before = { arrivedAt: ledger.tick(), atMost: 2 }
    ledger.useUp('r1')
    const after = { arrivedAt: ledger.tick(), atMost: 2 }
    expect([stateOf(before), stateOf(after), stateOf({ arrivedAt: before.arrivedAt })]).toEqual(['valid', 'used', 'used'])
    ledger.useUp('r1')
    expect(stateOf(before)).toBe('used')
  })

  it('that was used up revokes its family where reuse is looked for, and only then', () => {
    for (const [reuse, state] of [
      ['refuse', 'valid'],
      ['revoke-family', 'revoked'],
    ] as const) {
      const { ledger, stateOf } = createLedger(reuse)
      ledger.useUp('r1')
      expect(stateOf()).toBe('used')
      expect(ledger.findAccessToken('a1').state).toBe(state)
    }
  })
})

it('a code is found until it is used up or has expired', () => {
  let now = 0
  const ledger = createTokenLedger({ now: () => now, reuse: 'refuse' })
  for (const code of ['one', 'other']) ledger.recordCode({ code, clientId: 'c', redirectUri: 'r', scope: null, expiresAt: 30 })
  ledger.useUp('one')
  expect([ledger.findCode('one').state, ledger.findCode('other').state, ledger.findCode('none').state]).toEqual([
    'used',
    'valid',
    'unknown',
  ])
  now = 30
  expect(ledger.findCode('other').state).toBe('expired')
})
