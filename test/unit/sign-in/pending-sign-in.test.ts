import { describe, expect, it } from 'vitest'
import { TokenStoreError } from '../../../src/base/errors.ts'
import { isExpired, type PendingSignIn, removeExpired, takePending, writePending } from '../../../src/sign-in/pending-sign-in.ts'
import { createRandomText } from '../../../src/sign-in/pkce.ts'
import type { SignInStorage } from '../../../src/sign-in/sign-in-storage.ts'
import { createMapStorage } from '../../support/sign-in/begin-sign-in.ts'
import { FakeStorage } from '../stores/browser/fake-storage.ts'

const now = Date.UTC(2026, 0, 1)
const minute = 60_000

function createPending(changes: Partial<PendingSignIn> = {}): PendingSignIn {
  return {
    state: createRandomText(),
    codeVerifier: createRandomText(),
    provider: 'test',
    authorizationUrl: 'https://auth.example.com/authorize',
    tokenUrl: 'https://auth.example.com/token',
    clientId: 'client',
    redirectUri: 'https://app.example.com/callback',
    returnTo: '/',
    beganAt: now,
    ...changes,
  }
}

const keyOf = ({ state }: PendingSignIn): string => `tokenwell:sign-in:1:${state}`

/** One whose methods answer later, as a database does. */
function createAsyncStorage(items: Map<string, string>): SignInStorage {
  return {
    getItem: async (key) => items.get(key) ?? null,
    setItem: async (key, value) => void items.set(key, value),
    removeItem: async (key) => void items.delete(key),
  }
}

describe.each([
  ['a synchronous storage', createMapStorage],
  ['an asynchronous storage', createAsyncStorage],
])('in %s', (_, create) => {
  it('a pending sign-in → is kept under its state, and given once', async () => {
    const items = new Map<string, string>()
    const pending = createPending()
    await writePending(create(items), pending)
    expect([...items.keys()]).toEqual([keyOf(pending)])
    expect(await takePending(create(items), pending.state)).toEqual(pending)
    expect(items.size).toBe(0)
    expect(await takePending(create(items), pending.state)).toBeUndefined()
  })

  it('several → do not disturb one another', async () => {
    const storage = create(new Map())
    const all = Array.from({ length: 5 }, () => createPending())
    for (const pending of all) await writePending(storage, pending)
    for (const pending of all.toReversed()) expect(await takePending(storage, pending.state)).toEqual(pending)
  })
})

it('taken twice at once from a synchronous storage → one gets it', async () => {
  const storage = createMapStorage(new Map())
  const pending = createPending()
  await writePending(storage, pending)
  const taken = await Promise.all([takePending(storage, pending.state), takePending(storage, pending.state)])
  expect(taken).toEqual([pending, undefined])
})

it.each(['', 'x', '*', `${'a'.repeat(42)}*`, 'a'.repeat(44), `${'a'.repeat(43)}\n`, '__proto__'])(
  'a state such as no sign-in has, %j → is not looked for',
  async (state) => {
    let asked = 0
    const storage = { ...createMapStorage(new Map()), getItem: () => void asked++ as undefined }
    expect(await takePending(storage, state)).toBeUndefined()
    expect(asked).toBe(0)
  },
)

describe('a record that was tampered with', () => {
  const pending = createPending()
  const { codeVerifier: _, ...withoutVerifier } = pending
  it.each<[string, string]>([
    ['no JSON', '{"state":'],
    ['null', 'null'],
    ['a list', '[]'],
    ['nothing', ''],
    ['no verifier', JSON.stringify(withoutVerifier)],
    ['an empty verifier', JSON.stringify({ ...pending, codeVerifier: '' })],
    ['a verifier of another kind', JSON.stringify({ ...pending, codeVerifier: 'a b&c' })],
    ['no time', JSON.stringify({ ...pending, beganAt: null })],
    ['a time in a text', JSON.stringify({ ...pending, beganAt: String(now) })],
    ['an object as a path', JSON.stringify({ ...pending, returnTo: {} })],
    ['another state', JSON.stringify({ ...pending, state: createRandomText() })],
    ['the state in capitals, as a database that ignores case gives it', JSON.stringify({ ...pending, state: pending.state.toUpperCase() })],
  ])('%s → is none, and is removed', async (_, text) => {
    const items = new Map([[keyOf(pending), text]])
    expect(await takePending(createMapStorage(items), pending.state)).toBeUndefined()
    expect(items.size).toBe(0)
  })

  it('no text → is none', async () => {
    const storage = { ...createMapStorage(new Map()), getItem: () => ({}) as string }
    expect(await takePending(storage, pending.state)).toBeUndefined()
  })
})

describe('a storage that fails', () => {
  const fail = (): never => {
    throw new Error('quota: could not write {"codeVerifier":"…"}')
  }
  const reject = async (): Promise<never> => fail()
  it.each([
    ['throws', fail],
    ['rejects', reject],
  ])('that %s → is a TokenStoreError without its words', async (_, broken) => {
    const working = createMapStorage(new Map())
    const pending = createPending()
    await writePending(working, pending)
    for (const attempt of [
      () => writePending({ ...working, setItem: broken }, pending),
      () => takePending({ ...working, getItem: broken }, pending.state),
      () => takePending({ ...working, removeItem: broken }, pending.state),
    ]) {
      const error = await attempt().catch((thrown: TokenStoreError) => thrown)
      expect(error).toBeInstanceOf(TokenStoreError)
      expect(String((error as TokenStoreError).cause) + String(error)).not.toContain('codeVerifier')
    }
  })
})

describe('the time for a sign-in', () => {
  it.each([
    [0, false],
    [10 * minute - 1, false],
    [10 * minute, true],
    [24 * 60 * minute, true],
    [-minute, false],
    [-10 * minute, true],
    [Number.NaN, true],
    [Number.POSITIVE_INFINITY, true],
  ])('%d ms after it was begun → over: %s', (ms, isOver) => {
    expect(isExpired(createPending(), now + ms)).toBe(isOver)
  })
})

describe('what nobody has completed', () => {
  it('in a storage that can be listed → is removed when it is too old or broken; the rest stays', async () => {
    const storage = new FakeStorage()
    const [old, future, recent] = [-10 * minute, 10 * minute, -9 * minute].map((ms) => createPending({ beganAt: now + ms })) as [
      PendingSignIn,
      PendingSignIn,
      PendingSignIn,
    ]
    for (const pending of [old, recent, future]) await writePending(storage, pending)
    storage.setItem('tokenwell:sign-in:1:broken', '{')
    storage.setItem('tokenwell:1:{}', 'a token')
    storage.setItem('cart', '{"beganAt":0}')
    await removeExpired(storage, now)
    expect([...storage.items.keys()].toSorted()).toEqual([keyOf(recent), 'tokenwell:1:{}', 'cart'].toSorted())
  })

  it('in one that can be listed asynchronously → is removed too', async () => {
    const inner = new FakeStorage()
    const old = createPending({ beganAt: now - 10 * minute })
    await writePending(inner, old)
    const storage: SignInStorage = { ...createAsyncStorage(inner.items), length: 1, key: async (index) => inner.key(index) }
    await removeExpired(storage, now)
    expect(inner.items.size).toBe(0)
  })

  it('in one that cannot be listed → stays', async () => {
    const items = new Map<string, string>()
    await writePending(createMapStorage(items), createPending({ beganAt: 0 }))
    await removeExpired(createMapStorage(items), now)
    expect(items.size).toBe(1)
  })

  it('in one whose list fails → is no reason to fail', async () => {
    const storage = new FakeStorage()
    await writePending(storage, createPending({ beganAt: 0 }))
    storage.removeItem = () => {
      throw new Error('no')
    }
    await expect(removeExpired(storage, now)).resolves.toBeUndefined()
  })
})
