import { expect, it } from 'vitest'
import { createTokenLedger } from '../../../../src/testing/emulation/token-ledger.ts'

const tokenNumber = (number: number) => ({
  accessToken: `a${number}`,
  refreshToken: `r${number}`,
  expiresAt: 1_000,
  clientId: 'c',
  grantType: 'password',
  chainStartedAt: 0,
  family: `f${number}`,
})

it('an emulator that runs for days does not grow: the oldest tokens are forgotten', () => {
  const ledger = createTokenLedger({ now: () => 0, reuse: 'refuse' })
  for (let number = 0; number <= 20_000; number++) ledger.record(tokenNumber(number))
  expect(ledger.findAccessToken('a0').state).toBe('unknown')
  expect(ledger.presentRefreshToken('r0', { rotate: true }).state).toBe('unknown')
  expect(ledger.findAccessToken('a1').state).toBe('valid')
  expect(ledger.findAccessToken('a20000').state).toBe('valid')
})

it('a refresh token is used up only where the server rotates them', () => {
  const ledger = createTokenLedger({ now: () => 0, reuse: 'refuse' })
  ledger.record(tokenNumber(1))
  const present = (rotate: boolean) => ledger.presentRefreshToken('r1', { rotate }).state
  expect([present(false), present(false), present(true), present(true)]).toEqual(['valid', 'valid', 'valid', 'used'])
})
