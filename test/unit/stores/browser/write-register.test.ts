import { afterEach, describe, expect, it, vi } from 'vitest'
import { WriteRegister } from '../../../../src/stores/browser/write-register.ts'

afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

const stubLocks = (locks: object) => vi.stubGlobal('navigator', { locks })
const never = () => new Promise<never>(() => {})

describe('WriteRegister', () => {
  it('a write that one enters → others read it, under its key and storage only', async () => {
    const [writer, reader] = [new WriteRegister('p'), new WriteRegister('p')]
    await writer.enter('a "key" with: signs', { order: 3, isDeletion: false })
    const entry = await reader.latest('a "key" with: signs')
    expect(entry).toEqual({ order: 3, isDeletion: false })
    expect(entry && [writer, reader].map((register) => register.isOwn('a "key" with: signs', entry))).toEqual([true, false])
    expect(await reader.latest('another')).toBeUndefined()
    expect(await new WriteRegister('elsewhere').latest('a "key" with: signs')).toBeUndefined()
  })

  it('several writes → the one of the highest order counts, whichever was entered last', async () => {
    const register = new WriteRegister('several')
    for (const order of [9, 10, 2]) await register.enter('k', { order, isDeletion: order === 10 })
    expect(await register.latest('k')).toEqual({ order: 10, isDeletion: true })
  })

  it('an entry → is held for two seconds, and then forgotten here too', async () => {
    vi.useFakeTimers()
    const held = new Set<string>()
    const request = async (name: string, _: object, hold: () => Promise<void>) => {
      held.add(name)
      await hold()
      held.delete(name)
    }
    stubLocks({ request, query: async () => ({ held: [...held].map((name) => ({ name })) }) })
    const register = new WriteRegister('p')
    await register.enter('k', { order: 1, isDeletion: false })
    await vi.advanceTimersByTimeAsync(1_900)
    expect(await register.latest('k')).toEqual({ order: 1, isDeletion: false })
    expect(register.isOwn('k', { order: 1, isDeletion: false })).toBe(true)
    await vi.advanceTimersByTimeAsync(200)
    expect(await register.latest('k')).toBeUndefined()
    expect(register.isOwn('k', { order: 1, isDeletion: false })).toBe(false)
  })

  it('without Web Locks, or with some that refuse → it is empty, and nobody waits', async () => {
    vi.stubGlobal('navigator', {})
    const register = new WriteRegister('none')
    await register.enter('k', { order: 1, isDeletion: false })
    expect(await register.latest('k')).toBeUndefined()
    stubLocks({ request: () => Promise.reject(new DOMException('', 'SecurityError')) })
    await register.enter('k', { order: 1, isDeletion: false })
  })

  it('Web Locks that never answer → a write waits for half a second at most, and a question is not answered with «none»', async () => {
    vi.useFakeTimers()
    stubLocks({ request: never, query: never })
    const register = new WriteRegister('hangs')
    const entered = register.enter('k', { order: 1, isDeletion: false })
    const asked = register.latest('k').catch((error: unknown) => error)
    await vi.advanceTimersByTimeAsync(600)
    await entered
    expect(await asked).toBeInstanceOf(Error)
  })
})
