import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { SignInRequiredError, TokenStoreError } from '../../../src/base/errors.ts'
import { memoryStore } from '../../../src/stores/memory.ts'
import { createRecord, createTombstone } from '../../../src/token/record.ts'
import type { TokenSource } from '../../../src/token/token-source.ts'
import type { TokenRecord, TokenStore } from '../../../src/token/token-store.ts'
import { createKeeper } from '../../support/keeper.ts'
import { createToken } from '../../support/scripted-source.ts'

const key = 'tokenwell:2:test'
const hour = 3_600_000

beforeEach(() => {
  vi.useFakeTimers({ now: Date.UTC(2026, 0, 1) })
  vi.spyOn(Math, 'random').mockReturnValue(0)
})
afterEach(() => {
  vi.useRealTimers()
})

const expired = (epoch: string) => createRecord(key, epoch, createToken(Date.now() - 2 * hour))
const settle = (ms = 50) => vi.advanceTimersByTimeAsync(ms)

/** A memory store whose operations can be replaced. */
function createStore(overrides: Partial<TokenStore> = {}): TokenStore {
  const inner = memoryStore()
  return {
    get: (name) => inner.get(name),
    set: (name, record) => inner.set(name, record),
    delete: (name) => inner.delete(name),
    lock: (name, task, options) => (inner.lock as NonNullable<TokenStore['lock']>)(name, task, options),
    ...overrides,
  }
}

const full = async (): Promise<never> => {
  throw new Error('quota')
}

describe('a sign-out that finds the store full', () => {
  it('a sign-out that finds the store full → the record is deleted, one event says that the store fails, and it resolves', async () => {
    const store = createStore()
    const { keeper, heard } = createKeeper({ store })
    await keeper.get()
    store.set = full
    await keeper.clear()
    expect(await store.get(key)).toBeUndefined()
    expect(heard).toEqual(['acquired', 'cleared', 'degraded'])
  })

  it('a renewal elsewhere that began before it, and saved after it → is deleted, too', async () => {
    const store = createStore()
    const { keeper } = createKeeper({ store })
    await keeper.get()
    const set = store.set
    store.set = full
    await keeper.clear()
    store.set = set
    await store.set(key, createRecord(key, '', createToken(Date.now() - 1_000)))
    await settle(60_000)
    expect(await store.get(key)).toBeUndefined()
  })

  it('a sign-in that came after it, here or elsewhere → stays', async () => {
    for (const isHere of [true, false]) {
      const store = createStore()
      const { keeper } = createKeeper({ store })
      await keeper.get()
      const set = store.set
      store.set = full
      await keeper.clear()
      store.set = set
      await settle(1_000)
      await (isHere ? keeper : createKeeper({ store }).keeper).get()
      await settle(60_000)
      expect((await store.get(key))?.token).toBeDefined()
    }
  })

  it('a store that does not even delete → rejects, and this context does not use the record again', async () => {
    const store = createStore()
    const { keeper, source } = createKeeper({ store })
    await keeper.get()
    store.set = store.delete = full
    await expect(keeper.clear()).rejects.toBeInstanceOf(TokenStoreError)
    await keeper.get()
    expect(source.asked).toEqual(['grant', 'grant'])
  })
})

it('a sign-out, and a record of a later version → says so, and leaves the record alone', async () => {
  const later = { ...createRecord(key, '', createToken(Date.now())), version: 7 }
  const store = createStore()
  const { keeper } = createKeeper({ store })
  await keeper.get()
  await store.set(key, later as never)
  await expect(keeper.clear()).rejects.toMatchObject({ code: 'later_version', message: expect.stringContaining('version 7') })
  expect(await store.get(key)).toEqual(later)
})

it('another context’s write that lands after the sign-out → does not bring the token back', async () => {
  let release = () => {}
  const inner = createStore()
  const slow = createStore({
    ...inner,
    set: async (name, record) => {
      await new Promise<void>((resolve) => {
        release = resolve
      })
      await inner.set(name, record)
    },
  })
  const [here, there] = [createKeeper({ store: inner }), createKeeper({ store: slow })]
  there.keeper.get().catch(() => {})
  await settle()
  const cleared = here.keeper.clear()
  await settle()
  release()
  await settle(100)
  await cleared
  expect((await inner.get(key))?.token).toBeUndefined()
})

describe('a store that does not agree with itself', () => {
  it.each<[string, (count: number) => TokenRecord | undefined]>([
    ['a record, and then none', (count) => (count % 2 ? expired('a') : undefined)],
    ['records of two sign-ins in turn', (count) => expired(count % 2 ? 'a' : 'b')],
    ['a record, and then a tombstone', (count) => (count % 2 ? expired('a') : createTombstone(key, undefined, Date.now()))],
  ])('%s → a call ends with an error after a few requests, and so do those that follow at once', async (_, answer) => {
    let count = 0
    const store: TokenStore = { get: async () => answer(count++), set: async () => {}, delete: async () => {} }
    const { keeper, source } = createKeeper({ store })
    await expect(keeper.get()).rejects.toMatchObject({ code: 'store_failed', retryAt: expect.any(Number) })
    await expect(keeper.get()).rejects.toMatchObject({ code: 'store_failed' })
    expect(source.asked.length).toBeLessThan(7)
  })

  it('a program that clears each token that it gets → its call ends, too', async () => {
    const { keeper, source, events } = createKeeper()
    events.on('acquired', () => void keeper.clear())
    await expect(keeper.get()).rejects.toMatchObject({ code: 'store_failed' })
    expect(source.asked.length).toBeLessThan(7)
  })
})

describe('who waits while the token is cleared', () => {
  const begin = (grant: TokenSource['grant']) => {
    const created = createKeeper({ grant })
    created.source.answer = async () => {
      await new Promise((resolve) => setTimeout(resolve, 1_000))
      return createToken(Date.now())
    }
    return created
  }

  it.each([
    ['a call, with credentials from the options', 'reusable', true, 'served'],
    ['a call of a person', 'one-time', true, 'sign in'],
    ['a call with the caller’s refresh token', 'refresh-token', true, 'sign in'],
    ['a token, with credentials from the options', 'reusable', false, 'served'],
    // What it presented is used up, and what it got for that was dropped.
    ['a token, with the caller’s refresh token', 'refresh-token', false, 'sign in'],
  ] as const)('%s (%s, call: %s) → %s', async (_, grant, isCall, expected) => {
    const { keeper } = begin(grant)
    const waiting = keeper.get({ isCall }).catch((error: unknown) => error)
    await settle(100)
    keeper.clear().catch(() => {})
    await settle(5_000)
    const outcome = await waiting
    if (expected === 'served') expect(outcome).toMatchObject({ token: { accessToken: 'token' } })
    else expect(outcome).toBeInstanceOf(SignInRequiredError)
  })
})

describe('a person who signs out, and another one who signs in, while somebody waits', () => {
  it.each([
    ['a call that was not sent yet', 'absent', true],
    ['a call with the caller’s refresh token', 'refresh-token', true],
    ['no call', 'absent', false],
  ] as const)(
    '%s (%s, call: %s) → is served only where it is no call: that would be carried out as the other one',
    async (_, grant, isCall) => {
      const store = createStore()
      const { keeper, source } = createKeeper({ store, grant })
      await store.set(key, createRecord(key, 'ada', createToken(Date.now() - 2 * hour, { refreshToken: 'of-ada' })))
      source.answer = () => new Promise(() => {})
      const waiting = keeper.get({ isCall }).catch((error: unknown) => error)
      await settle()
      const set = store.set
      store.set = async (name, record) => {
        await set(name, record)
        await set(name, createRecord(key, 'bob', createToken(Date.now(), { accessToken: 'of-bob' })))
      }
      const cleared = keeper.clear()
      await settle(5_000)
      await cleared
      const outcome = await waiting
      if (isCall) expect(outcome).toBeInstanceOf(SignInRequiredError)
      else expect(outcome).toMatchObject({ token: { accessToken: 'of-bob' } })
      expect((await keeper.get({ isCall })).token.accessToken).toBe('of-bob')
    },
  )
})

describe('another sign-in in the store', () => {
  it('fresh → the held token is forgotten, and only then is the new one adopted: calls of the old one belong to it', async () => {
    const store = createStore()
    const { keeper, heard } = createKeeper({ store, grant: 'refresh-token' })
    const old = await keeper.get()
    await store.set(key, createRecord(key, 'another', createToken(Date.now() + 1, { accessToken: 'of-somebody-else' })))
    const next = await keeper.get({ newerThan: old.generation })
    expect(next.token.accessToken).toBe('of-somebody-else')
    expect(next.epoch).not.toBe(old.epoch)
    expect(heard).toEqual(['acquired', 'cleared', 'adopted'])
  })

  it('expired → its refresh token is not presented as a renewal of the held one', async () => {
    const store = createStore()
    const { keeper, heard, source } = createKeeper({ store, grant: 'one-time' })
    await keeper.get()
    await store.set(key, createRecord(key, 'another', createToken(Date.now() - 2 * hour, { refreshToken: 'other' })))
    vi.setSystemTime(Date.now() + hour)
    await keeper.get()
    expect(heard).toEqual(['acquired', 'cleared', 'acquired'])
    expect(source.asked).toEqual(['grant', 'refresh other'])
  })
})

it('two managers that sign out together → each says so once', async () => {
  const [one, two] = [createKeeper(), createKeeper()]
  one.events.on('cleared', () => void two.keeper.clear())
  two.events.on('cleared', () => void one.keeper.clear())
  await one.keeper.get()
  await two.keeper.get()
  const cleared = one.keeper.clear()
  await settle()
  await cleared
  expect(one.heard.filter((name) => name === 'cleared')).toHaveLength(1)
  expect(two.heard.filter((name) => name === 'cleared')).toHaveLength(1)
})

it.each([1, 2, 3, 10])('%i managers in a ring, each of which signs the next one out (one: itself) → each says so once', async (count) => {
  const ring = Array.from({ length: count }, () => createKeeper())
  for (const [index, { events }] of ring.entries()) events.on('cleared', () => void ring[(index + 1) % count]?.keeper.clear())
  for (const { keeper } of ring) await keeper.get()
  const cleared = ring[0]?.keeper.clear()
  await settle()
  await cleared
  expect(ring.map(({ heard }) => heard.filter((name) => name === 'cleared').length)).toEqual(ring.map(() => 1))
})

it('fifty sign-outs → one record, with an end', async () => {
  const store = createStore()
  const { keeper } = createKeeper({ store })
  for (let round = 0; round < 50; round++) {
    await keeper.get()
    await keeper.clear()
  }
  expect((await store.get(key))?.expiresAt).toBeLessThanOrEqual(Date.now() + 2 * 24 * hour)
})
