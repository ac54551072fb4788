import { describe, expect, it, vi } from 'vitest'
import { memoryStore } from '../../../src/stores/memory.ts'
import { createRecord } from '../../../src/token/record.ts'
import type { TokenStore } from '../../../src/token/token-store.ts'
import { createKeeper } from '../../support/keeper.ts'
import { createToken } from '../../support/scripted-source.ts'
import { useVirtualTime } from '../../support/virtual-time.ts'

const key = 'tokenwell:2:test'
const hour = 3_600_000
const day = 24 * hour

useVirtualTime()

describe('a token that was got while the clock was ahead', () => {
  it.each([
    ['a day', day],
    ['five seconds', 5_000],
  ])('by %s, and was then set right → is used, and renewed at once', async (_, aheadMs) => {
    let skewMs = aheadMs
    const { keeper, source } = createKeeper({ now: () => Date.now() + skewMs })
    await keeper.get()
    skewMs = 0
    expect(keeper.current()?.generation).toBe(1)
    await vi.advanceTimersByTimeAsync(20)
    expect(source.asked).toEqual(['grant', 'grant'])
    expect(keeper.current()).toMatchObject({ generation: 2, token: { issuedAt: Date.now() - 20 } })
  })

  it('by a second → clocks differ that much: nothing is renewed', async () => {
    let skewMs = 1_000
    const { keeper, source } = createKeeper({ now: () => Date.now() + skewMs })
    await keeper.get()
    skewMs = 0
    keeper.current()
    await vi.advanceTimersByTimeAsync(20)
    expect(source.asked).toEqual(['grant'])
  })

  it('a minute, by another machine → is adopted here with its life counted from now', async () => {
    const store = memoryStore()
    await store.set(key, createRecord(key, '', createToken(Date.now() + 60_000)))
    const { keeper, source } = createKeeper({ store })
    expect((await keeper.get()).token).toMatchObject({ issuedAt: Date.now(), expiresAt: Date.now() + hour })
    expect(source.asked).toEqual([])
  })

  it('a day, by another machine → only its refresh token is believed', async () => {
    const store = memoryStore()
    await store.set(key, createRecord(key, '', createToken(Date.now() + day, { refreshToken: 'r' })))
    const { keeper, source } = createKeeper({ store })
    await keeper.get()
    expect(source.asked).toEqual(['refresh r'])
  })
})

it('a clock that steps back while the store is silent → the store is asked again after its silence, not a day later', async () => {
  const inner = memoryStore()
  let isSilent = true
  const store: TokenStore = {
    get: (name) => (isSilent ? new Promise(() => {}) : inner.get(name)),
    set: (name, record) => inner.set(name, record),
    delete: (name) => inner.delete(name),
  }
  const { keeper, source } = createKeeper({ store })
  const first = keeper.get()
  await vi.advanceTimersByTimeAsync(20_000)
  await first
  vi.setSystemTime(Date.now() - day)
  isSilent = false
  await inner.set(key, createRecord(key, '', createToken(Date.now(), { accessToken: 'of-another' })))
  await vi.advanceTimersByTimeAsync(30_000)
  expect((await keeper.get({ newerThan: 1 })).token.accessToken).toBe('of-another')
  expect(source.asked).toEqual(['grant'])
})
