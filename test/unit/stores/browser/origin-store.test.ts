import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { OriginStorage, StoredRecord } from '../../../../src/stores/browser/origin-storage.ts'
import { OriginStore } from '../../../../src/stores/browser/origin-store.ts'
import { createSeededRandom } from '../../../../src/testing/seeded-random.ts'
import { createRecord } from '../../../../src/token/record.ts'
import type { TokenRecord } from '../../../../src/token/token-store.ts'

const [hour, day] = [3_600_000, 86_400_000]

afterEach(() => {
  vi.restoreAllMocks()
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

/** A storage whose operations take their time. */
function createStorage({ name = crypto.randomUUID() as string, delayMs = 0 } = {}) {
  const items = new Map<string, unknown>()
  const pause = async () => delayMs > 0 && (await new Promise((resolve) => setTimeout(resolve, delayMs)))
  const storage = {
    name,
    open: async () => {},
    get: async (key) => items.get(key),
    async set(key, record) {
      await pause()
      items.set(key, record)
    },
    async delete(key) {
      await pause()
      items.delete(key)
    },
    names: async () => [...items.keys()],
  } satisfies OriginStorage
  return { items, storage }
}

describe('OriginStore: notices', () => {
  it('a storage whose writes take 60 ms → a listener elsewhere is called after the write, and reads what was written', async () => {
    const { storage } = createStorage({ delayMs: 60 })
    const [one, other] = [new OriginStore(storage), new OriginStore(storage)]
    const read = new Promise<TokenRecord | undefined>((resolve) => {
      stops.push(other.subscribe('k', () => resolve(other.get('k'))))
    })
    const record = createRecord('k', 'e')
    await one.set('k', record)
    expect(await read).toEqual(record)
  })

  it('a deletion that takes 60 ms → a listener elsewhere is called after it, and finds nothing', async () => {
    const { storage } = createStorage({ delayMs: 60 })
    const [one, other] = [new OriginStore(storage), new OriginStore(storage)]
    await one.set('k', createRecord('k', 'e'))
    await new Promise((resolve) => setTimeout(resolve, 20))
    const read = new Promise<unknown>((resolve) => {
      stops.push(other.subscribe('k', () => resolve(other.get('k').then((found) => ({ found })))))
    })
    await one.delete('k')
    expect(await read).toEqual({ found: undefined })
  })

  it('a write that fails → nobody is told', async () => {
    const { storage } = createStorage()
    const [one, other] = [new OriginStore({ ...storage, set: () => Promise.reject(new Error('full')) }), new OriginStore(storage)]
    const called = vi.fn()
    stops.push(other.subscribe('k', called))
    await expect(one.set('k', createRecord('k', 'e'))).rejects.toMatchObject({ code: 'store_failed' })
    await new Promise((resolve) => setTimeout(resolve, 30))
    expect(called).not.toHaveBeenCalled()
  })

  const stops: (() => void)[] = []
  afterEach(() => {
    for (const stop of stops.splice(0)) stop()
  })
})

describe('OriginStore: records', () => {
  it('changed by the caller while set() is under way → stored as it was', async () => {
    const { storage } = createStorage({ delayMs: 10 })
    const store = new OriginStore(storage)
    const given = { ...createRecord('k', 'e') }
    const stored = store.set('k', given)
    Object.assign(given, { epoch: 'changed' })
    await stored
    expect(await store.get('k')).toMatchObject({ epoch: 'e' })
  })

  it('in the storage → stand beside the time of their writing, which is not given back', async () => {
    const { storage, items } = createStorage()
    const store = new OriginStore(storage)
    const record = createRecord('k', 'e')
    await store.set('k', record)
    expect(items.get('k')).toEqual({ ...record, writtenAt: expect.any(Number) })
    expect(await store.get('k')).toEqual(record)
  })

  it('1 000 operations that begin together → 64 at a time, since each has a limit that begins with its turn', async () => {
    const { storage } = createStorage({ delayMs: 1 })
    let [running, most] = [0, 0]
    const set: OriginStorage['set'] = async (key, record) => {
      most = Math.max(most, ++running)
      await storage.set(key, record)
      running--
    }
    const store = new OriginStore({ ...storage, set })
    await Promise.all(Array.from({ length: 1_000 }, (_, index) => store.set(`k${index}`, createRecord(`k${index}`, 'e'))))
    expect(most).toBe(64)
    expect(await store.get('k999')).toMatchObject({ key: 'k999' })
  })

  it.each([undefined, null, 7, 'text'])('what is no record (%j) → gives none', async (value) => {
    const { storage, items } = createStorage()
    items.set('k', value)
    expect(await new OriginStore(storage).get('k')).toBeUndefined()
  })
})

const seed = Number(process.env['SEED'] ?? 7)

describe(`OriginStore: its clean-up (SEED=${seed})`, () => {
  beforeEach(() => {
    const random = createSeededRandom(seed)
    vi.spyOn(Math, 'random').mockImplementation(() => random.next())
    vi.useFakeTimers({ now: Date.UTC(2026, 0, 1) })
    vi.stubGlobal('navigator', {})
  })

  const recordUntil = (key: string, expiresAt?: number): StoredRecord => ({
    version: 1,
    key,
    id: 'i',
    epoch: 'e',
    writtenAt: Date.now(),
    ...(expiresAt !== undefined && { expiresAt }),
  })
  /** One load of a page: a store of its own that writes once, as the first thing. */
  async function loadPage(storage: OriginStorage, key: string, expiresAt = Date.now() + hour) {
    const { writtenAt: _, ...record } = recordUntil(key, expiresAt)
    await new OriginStore(storage).set(key, record)
    await vi.advanceTimersByTimeAsync(100)
  }

  it('a record a page load, under a new name each → their number has a bound', async () => {
    const { storage, items } = createStorage()
    let most = 0
    for (let load = 0; load < 400; load++) {
      await loadPage(storage, `tokenwell:2:load ${load}`)
      await vi.advanceTimersByTimeAsync(day / 10)
      if (load > 100) most = Math.max(most, items.size)
    }
    // What has not been over for a day, and a few that were not looked at yet.
    expect(most).toBeLessThan(30)
  })

  it('ended sessions and sign-outs, behind more that lives than one look takes in → go; what has no end or is not ours stays', async () => {
    const { storage, items } = createStorage()
    for (let index = 0; index < 100; index++) {
      const key = `tokenwell:2:lives ${index}`
      items.set(key, recordUntil(key, Date.now() + 365 * day))
    }
    const living = [...items.keys()]
    for (let index = 0; index < 1_000; index++) {
      const key = `tokenwell:2:ended ${index}`
      items.set(key, recordUntil(key, Date.now() + hour))
    }
    const kept: [string, unknown][] = [
      ['tokenwell:2:no end', recordUntil('tokenwell:2:no end')],
      ['tokenwell:2:just over', recordUntil('tokenwell:2:just over', Date.now() + 1.5 * day)],
      ['tokenwell:2:of a later version', { ...recordUntil('tokenwell:2:of a later version', 0), version: 2 }],
      ['tokenwell:2:of another name', recordUntil('another', 0)],
      ['tokenwell:sign-in:state', { expiresAt: 0 }],
      ['settings', recordUntil('settings', 0)],
      ['tokenwell:2:corrupt', 'text'],
    ]
    for (const [key, value] of kept) items.set(key, value)
    await vi.advanceTimersByTimeAsync(2 * day)
    for (let load = 0; load < 600; load++) await loadPage(storage, 'tokenwell:2:mine', Date.now() + day)
    expect([...items.keys()].sort()).toEqual([...living, ...kept.map(([key]) => key), 'tokenwell:2:mine'].sort())
  })

  it('a record that was over when it was written, by another clock → is kept for a day', async () => {
    const { storage, items } = createStorage()
    const key = 'tokenwell:2:dated by a test'
    items.set(key, recordUntil(key, 1_000))
    await vi.advanceTimersByTimeAsync(0.9 * day)
    await loadPage(storage, 'tokenwell:2:mine')
    expect(items.has(key)).toBe(true)
    await vi.advanceTimersByTimeAsync(0.2 * day)
    await loadPage(storage, 'tokenwell:2:mine')
    expect(items.has(key)).toBe(false)
  })

  it('a page that lives long → looks again with every sixteenth write, and not in between', async () => {
    const { storage } = createStorage()
    const names = vi.spyOn(storage, 'names')
    const store = new OriginStore(storage)
    for (let write = 0; write < 33; write++) await store.set('k', createRecord('k', 'e'))
    expect(names).toHaveBeenCalledTimes(3)
  })

  it('a record that somebody else is renewing → is left alone, and looked at again under the lock', async () => {
    const { storage, items } = createStorage()
    const key = 'tokenwell:2:ended'
    items.set(key, recordUntil(key, Date.now() + hour))
    await vi.advanceTimersByTimeAsync(3 * day)
    const store = new OriginStore(storage)
    const held = store.lock(key, () => new Promise((resolve) => setTimeout(resolve, 1_000)), { waitMs: 0 })
    await store.set('tokenwell:2:mine', createRecord('tokenwell:2:mine', 'e'))
    await vi.advanceTimersByTimeAsync(500)
    expect(items.has(key)).toBe(true)
    await vi.advanceTimersByTimeAsync(1_000)
    await held
    // Renewed between the look and the lock.
    const renewed = recordUntil(key, Date.now() + hour)
    const get = vi.fn(storage.get).mockResolvedValueOnce(items.get(key))
    items.set(key, renewed)
    await loadPage({ ...storage, get, names: async () => [key] }, 'tokenwell:2:mine')
    expect(get).toHaveBeenCalledTimes(2)
    expect(items.get(key)).toEqual(renewed)
  })

  it('a storage that cannot say what is in it, or fails → the write counts all the same', async () => {
    const { storage, items } = createStorage()
    await loadPage({ ...storage, names: () => Promise.reject(new Error('blocked')) }, 'tokenwell:2:mine')
    expect(items.has('tokenwell:2:mine')).toBe(true)
  })
})
