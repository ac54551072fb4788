import { describe, expect, it } from 'vitest'
import { renewalWindow } from '../../../src/token/renewal-window.ts'
import { createToken } from '../../support/scripted-source.ts'

const second = 1_000
const at = 1_000_000

describe('renewalWindow', () => {
  it.each([
    { lifetime: 3600, ahead: 300, margin: 10 },
    { lifetime: 9000, ahead: 300, margin: 10 },
    { lifetime: 30 * 86_400, ahead: 300, margin: 10 },
    { lifetime: 1200, ahead: 300, margin: 10 },
    { lifetime: 240, ahead: 60, margin: 10 },
    { lifetime: 200, ahead: 50, margin: 10 },
    { lifetime: 60, ahead: 15, margin: 3 },
    { lifetime: 2, ahead: 0.5, margin: 0.1 },
  ])('a token of $lifetime s → aging $ahead s and expired $margin s before its end', ({ lifetime, ahead, margin }) => {
    const token = createToken(at, { lifetimeMs: lifetime * second })
    const end = at + lifetime * second
    expect(renewalWindow(token, {}, 0)).toEqual({ agingAt: end - ahead * second, expiredAt: end - margin * second })
  })

  it('chance → adds up to a fifth to the time ahead, and never takes any away', () => {
    const token = createToken(0)
    expect(renewalWindow(token, {}, 0).agingAt).toBe(3_300_000)
    expect(renewalWindow(token, {}, 0.5).agingAt).toBe(3_270_000)
    expect(renewalWindow(token, {}, 0.999999).agingAt).toBeCloseTo(3_240_000, -1)
    expect(renewalWindow(token, {}, 0.999999).expiredAt).toBe(3_590_000)
  })

  it('options → take the place of the upper bounds, not of the shares that keep short tokens usable', () => {
    expect(renewalWindow(createToken(0), { aheadMs: 60_000, marginMs: 1_000 }, 0)).toEqual({ agingAt: 3_540_000, expiredAt: 3_599_000 })
    expect(renewalWindow(createToken(0, { lifetimeMs: 2_000 }), { aheadMs: 60_000, marginMs: 60_000 }, 0)).toEqual({
      agingAt: 1_500,
      expiredAt: 1_900,
    })
    expect(renewalWindow(createToken(0), { aheadMs: 0, marginMs: 0 }, 0.9)).toEqual({ agingAt: 3_600_000, expiredAt: 3_600_000 })
  })

  it('a time ahead below the margin → aging never begins after the end', () => {
    expect(renewalWindow(createToken(0), { aheadMs: 0 }, 0)).toEqual({ agingAt: 3_590_000, expiredAt: 3_590_000 })
  })

  it('a token that never expires → neither', () => {
    expect(renewalWindow({ ...createToken(0), expiresAt: undefined }, {}, 0)).toEqual({ agingAt: Infinity, expiredAt: Infinity })
  })

  it.each([0, 1, 999])('a token of %i ms → is for a second all the same, so that not each call asks for one', (lifetimeMs) => {
    expect(renewalWindow(createToken(5, { lifetimeMs }), {}, 0)).toEqual({ agingAt: 755, expiredAt: 955 })
  })
})
