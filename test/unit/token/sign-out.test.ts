import { describe, expect, it, vi } from 'vitest'
import { SignInRequiredError, TokenEndpointError, TokenStoreError } from '../../../src/base/errors.ts'
import { memoryStore } from '../../../src/stores/memory.ts'
import { createRecord, createTombstone, noteRefusal } from '../../../src/token/record.ts'
import type { Token } from '../../../src/token/token.ts'
import type { TokenSource } from '../../../src/token/token-source.ts'
import type { TokenRecord, TokenStore } from '../../../src/token/token-store.ts'
import { createKeeper } from '../../support/keeper.ts'
import { createToken } from '../../support/scripted-source.ts'
import { useVirtualTime } from '../../support/virtual-time.ts'

const key = 'tokenwell:2:test'
const hour = 3_600_000

useVirtualTime()

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

/** Such a store, whose notices a test gives, over the one that other contexts use. */
function createToldStore() {
  let listener = () => {}
  const inner = createStore()
  const subscribe: TokenStore['subscribe'] = (_, given) => {
    listener = given
    return () => {}
  }
  return { inner, store: createStore({ ...inner, subscribe }), tell: () => listener() }
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

it('a notice of what is being cleared → does not bring it back', async () => {
  let tell = () => {}
  const subscribe: TokenStore['subscribe'] = (_, listener) => {
    tell = listener
    return () => {}
  }
  const inner = createStore()
  const store = createStore({ get: inner.get, set: inner.set, subscribe })
  const { keeper, heard } = createKeeper({ store })
  await keeper.get()
  await inner.set(key, createRecord(key, '', createToken(Date.now(), { accessToken: 'renewed-elsewhere' })))
  store.get = async (name) => {
    store.get = inner.get
    await new Promise((resolve) => setTimeout(resolve, 10))
    return inner.get(name)
  }
  const cleared = keeper.clear()
  await settle(1)
  tell()
  await settle()
  await cleared
  expect(keeper.current()).toBeUndefined()
  expect(heard).toEqual(['acquired', 'cleared'])
})

it('a sign-out elsewhere that a notice has told of, and a store that fails when the token is to be saved → drops it', async () => {
  let tell = () => {}
  const inner = createStore()
  const store = createStore({
    get: (name) => inner.get(name),
    set: (name, record) => inner.set(name, record),
    subscribe: (_, listener) => {
      tell = listener
      return () => {}
    },
  })
  const { keeper, source } = createKeeper({ store })
  source.answer = async () => {
    if (source.asked.length > 1) return createToken(Date.now(), { accessToken: 'after' })
    await inner.set(key, createTombstone(key, undefined, Date.now()))
    tell()
    await new Promise((resolve) => setTimeout(resolve, 10))
    store.get = full
    return createToken(Date.now(), { accessToken: 'before' })
  }
  const waiting = keeper.get()
  await settle()
  expect((await waiting).token.accessToken).toBe('after')
})

it('a sign-out elsewhere that a notice has told of while the token is written, whatever came of that → drops it', async () => {
  let tell = () => {}
  const inner = createStore()
  const store = createStore({
    get: inner.get,
    subscribe: (_, listener) => {
      tell = listener
      return () => {}
    },
  })
  store.set = async () => {
    store.set = inner.set
    await inner.set(key, createTombstone(key, undefined, Date.now()))
    tell()
    await new Promise((resolve) => setTimeout(resolve, 10))
    throw new TokenStoreError('outcome_unknown', 'late')
  }
  const { keeper, source } = createKeeper({ store })
  source.answer = () => createToken(Date.now(), { accessToken: `token-${source.asked.length}` })
  const waiting = keeper.get()
  await settle()
  expect((await waiting).token.accessToken).toBe('token-2')
})

it('two sign-outs of which the store takes neither tombstone → the record that they ended is not used again', async () => {
  const inner = createStore()
  const store = createStore(inner)
  const { keeper, source } = createKeeper({ store })
  await keeper.get()
  store.set = store.delete = full
  store.get = async () => {
    store.get = full
    await new Promise((resolve) => setTimeout(resolve, 1_000))
    return full()
  }
  const first = keeper.clear().catch(() => {})
  await settle()
  await keeper.clear().catch(() => {})
  store.get = inner.get
  await keeper.get()
  expect(source.asked).toEqual(['grant', 'grant'])
  await settle(5_000)
  await first
})

it('a store whose reads lag behind the tombstone → what was cleared is not used again', async () => {
  const store = createStore()
  const { keeper, source } = createKeeper({ store })
  source.answer = () => createToken(Date.now(), { accessToken: `token-${source.asked.length}` })
  await keeper.get()
  const before = await store.get(key)
  await keeper.clear()
  store.get = async () => before
  expect((await keeper.get()).token.accessToken).toBe('token-2')
})

it('a code that was granted, and another user’s sign-in that a notice brings before its token is saved → the call is not sent as that user', async () => {
  const { inner, store, tell } = createToldStore()
  const { keeper, source } = createKeeper({ store, grant: 'one-time' })
  source.answer = async () => {
    await inner.set(key, createRecord(key, 'another', createToken(Date.now())))
    store.get = async (name) => {
      store.get = inner.get
      tell()
      await new Promise((resolve) => setTimeout(resolve, 10))
      return inner.get(name)
    }
    return createToken(Date.now(), { accessToken: 'own' })
  }
  const sent = keeper.get({ isCall: true }).catch((error: unknown) => error)
  await settle()
  expect(await sent).toBeInstanceOf(SignInRequiredError)
})

it('a call made while the token of one user could not be renewed, and another user’s sign-in that a notice brings → it is not sent as that user', async () => {
  const { store, tell } = createToldStore()
  const { keeper, source } = createKeeper({ store, grant: 'absent' })
  await store.set(key, createRecord(key, 'ann', createToken(Date.now() - 2 * hour, { refreshToken: 'r' })))
  source.answer = () => {
    throw new TokenEndpointError('unavailable', 'away')
  }
  await expect(keeper.get()).rejects.toMatchObject({ code: 'unavailable' })
  await settle(60_000)
  // Its look is slow, and finds what was there at first.
  const [read, found] = [store.get, await store.get(key)]
  store.get = async () => {
    store.get = read
    await new Promise((resolve) => setTimeout(resolve, 1_000))
    return found
  }
  const sent = keeper.get({ isCall: true }).catch((error: unknown) => error)
  await settle()
  await store.set(key, createRecord(key, 'bob', createToken(Date.now(), { accessToken: 'token-of-bob' })))
  tell()
  await settle(2_000)
  expect(await sent).toBeInstanceOf(SignInRequiredError)
  expect((await keeper.get({ isCall: true })).token.accessToken).toBe('token-of-bob')
})

describe('a call made for a sign-in that a notice has found in the place of the held one, its token expired', () => {
  /** A keeper that held a token of ann, and knows that bob is signed in; nothing of his is held. */
  async function knowingBob() {
    const { store, tell } = createToldStore()
    const { keeper, heard, source } = createKeeper({ store, grant: 'absent' })
    await store.set(key, createRecord(key, 'anns', createToken(Date.now(), { accessToken: 'of-ann' })))
    await keeper.get()
    await store.set(key, createRecord(key, 'bobs', createToken(Date.now() - 2 * hour, { refreshToken: 'of-bob' })))
    tell()
    await settle()
    expect(heard).toEqual(['adopted', 'cleared'])
    return { store, tell, keeper, source, signIn: () => store.set(key, createRecord(key, 'cids', createToken(Date.now()))) }
  }

  /** The next look takes a second. It finds what is there when it begins, or when it ends. */
  function slowDown(store: TokenStore, finds: 'what was there' | 'what has come'): void {
    const read = store.get
    store.get = async (name) => {
      store.get = read
      const before = await read(name)
      await new Promise((resolve) => setTimeout(resolve, 1_000))
      return finds === 'what was there' ? before : read(name)
    }
  }

  it.each([
    ['another sign-in that a notice tells of', 'what was there', false, true],
    ['another sign-in that its own slow look finds', 'what has come', false, false],
    ['a sign-out, and another sign-in that its own slow look finds', 'what has come', true, false],
  ] as const)('%s → is not carried out as that one; the next call is', async (_, finds, isSignedOut, isTold) => {
    const { store, tell, keeper, source, signIn } = await knowingBob()
    slowDown(store, finds)
    const call = keeper.get({ isCall: true }).catch((error: unknown) => error)
    const token = keeper.get().catch((error: unknown) => error)
    await settle()
    if (isSignedOut) await store.set(key, createTombstone(key, await store.get(key), Date.now()))
    await signIn()
    if (isTold) tell()
    await settle(2_000)
    expect(await call).toBeInstanceOf(SignInRequiredError)
    expect(await token).toMatchObject({ token: { accessToken: 'token' } })
    expect((await keeper.get({ isCall: true })).token.accessToken).toBe('token')
    expect(source.asked).toEqual([])
  })

  it('no other sign-in → is carried out with a token that is renewed for it', async () => {
    const { keeper, source } = await knowingBob()
    await keeper.get({ isCall: true })
    expect(source.asked).toEqual(['refresh of-bob'])
  })
})

it('a first call after another user has signed in, where nobody was → is sent', async () => {
  const store = createStore()
  const { keeper } = createKeeper({ store, grant: 'absent' })
  await store.set(key, createTombstone(key, undefined, Date.now()))
  await keeper.get({ isCall: true }).catch(() => {})
  await store.set(key, createRecord(key, 'bob', createToken(Date.now(), { accessToken: 'token-of-bob' })))
  expect((await keeper.get({ isCall: true })).token.accessToken).toBe('token-of-bob')
})

it('two sign-outs, the second one not stored, and a refusal that another context notes → the credentials are not sent', async () => {
  const inner = createStore()
  const store = createStore(inner)
  const { keeper, source } = createKeeper({ store })
  await keeper.clear()
  store.set = store.delete = full
  await keeper.clear().catch(() => {})
  const refusal = { code: 'refused', until: Date.now() + 30_000, times: 1 }
  await inner.set(key, noteRefusal(key, await inner.get(key), refusal))
  await expect(keeper.get()).rejects.toMatchObject({ code: 'refused' })
  expect(source.asked).toEqual([])
})

describe('a sign-out elsewhere, and a slow look that finds it', () => {
  /** A store whose next read is slow, and gives what is stored at its end. */
  function createSlowStore() {
    const { inner, store, tell } = createToldStore()
    const slowDown = () => {
      store.get = async (name) => {
        store.get = inner.get
        await new Promise((resolve) => setTimeout(resolve, 1_000))
        return inner.get(name)
      }
    }
    const signOut = () => inner.set(key, createTombstone(key, undefined, Date.now()))
    return { inner, store, slowDown, signOut, tell: () => tell() }
  }

  it('a token that a notice brought meanwhile → has ended', async () => {
    const { inner, store, slowDown, signOut, tell } = createSlowStore()
    const { keeper, source } = createKeeper({ store })
    await keeper.get()
    await inner.set(key, createRecord(key, '', createToken(Date.now(), { accessToken: 'adopted' })))
    await settle()
    // The slow look is that of a notice.
    slowDown()
    tell()
    await settle()
    tell()
    await settle()
    expect(keeper.current()?.token.accessToken).toBe('adopted')
    await signOut()
    await settle(1_000)
    expect(keeper.current()).toBeUndefined()
    expect(source.asked).toEqual(['grant'])
  })

  it('a token that a notice brought while a call looked → is not given to the call', async () => {
    const { inner, store, slowDown, signOut, tell } = createSlowStore()
    const { keeper, source } = createKeeper({ store })
    source.answer = () => createToken(Date.now(), { accessToken: `token-${source.asked.length}` })
    slowDown()
    const waiting = keeper.get()
    await settle()
    await inner.set(key, createRecord(key, '', createToken(Date.now(), { accessToken: 'adopted' })))
    tell()
    await settle()
    await signOut()
    await settle(1_000)
    expect((await waiting).token.accessToken).toBe('token-1')
  })

  it('and another look that gets no answer → the token that a notice brought meanwhile has ended', async () => {
    const { inner, store, slowDown, signOut, tell } = createSlowStore()
    const { keeper } = createKeeper({ store })
    await keeper.get()
    await inner.set(key, createRecord(key, '', createToken(Date.now(), { accessToken: 'adopted' })))
    slowDown()
    tell()
    await settle()
    tell()
    await settle()
    expect(keeper.current()?.token.accessToken).toBe('adopted')
    await signOut()
    store.get = full
    await settle(1_000)
    expect(keeper.current()).toBeUndefined()
  })

  it('a look that began before the sign-out, and a token of the next sign-in meanwhile → that is kept', async () => {
    const { inner, store, tell } = createSlowStore()
    const { keeper } = createKeeper({ store })
    await keeper.get()
    const before = await inner.get(key)
    // The store has looked at once, and answers late.
    store.get = async () => {
      store.get = inner.get
      await new Promise((resolve) => setTimeout(resolve, 1_000))
      return before
    }
    tell()
    await settle()
    await inner.set(key, createRecord(key, 'next', createToken(Date.now(), { accessToken: 'next' })))
    // The held one has ended, and the next call adopts the new one.
    tell()
    await settle()
    await keeper.get()
    await settle(1_000)
    expect(keeper.current()?.token.accessToken).toBe('next')
  })

  it('a renewal that a sign-out here has discarded, and that finds it → what was got since has ended, too', async () => {
    const { inner, store, signOut } = createSlowStore()
    const { keeper, source } = createKeeper({ store: { get: store.get, set: store.set, delete: store.delete } })
    source.answer = async () => {
      if (source.asked.length === 1) await new Promise((resolve) => setTimeout(resolve, 3_000))
      return createToken(Date.now())
    }
    keeper.get().catch(() => {})
    await settle()
    await keeper.clear()
    await keeper.get()
    expect((await inner.get(key))?.token).toBeDefined()
    await signOut()
    await settle(3_000)
    expect(keeper.current()).toBeUndefined()
  })
})

it('what was adopted while a sign-out looked once more → has ended with it', async () => {
  const { inner, store, tell } = createToldStore()
  const { keeper } = createKeeper({ store })
  await keeper.get()
  // Another context renews between the two looks, and does not know of it.
  store.set = async () => {
    store.set = inner.set
    await inner.set(key, createRecord(key, '', createToken(Date.now(), { accessToken: 'renewed-elsewhere' })))
    throw new Error('quota')
  }
  store.lock = async (name, task, options) => {
    tell()
    await new Promise((resolve) => setTimeout(resolve, 10))
    return (inner.lock as NonNullable<TokenStore['lock']>)(name, task, options)
  }
  const cleared = keeper.clear()
  await settle()
  await cleared
  expect((await store.get(key))?.token).toBeUndefined()
  expect(keeper.current()).toBeUndefined()
})

it('a renewal that a sign-out overtakes → holds the lock until the tombstone stands', async () => {
  const order: string[] = []
  const inner = createStore()
  const store = createStore({
    ...inner,
    set: async (name, record) => {
      await new Promise((resolve) => setTimeout(resolve, 200))
      await inner.set(name, record)
      order.push(record.token ? 'token' : 'tombstone')
    },
    lock: (name, task, options) =>
      (inner.lock as NonNullable<TokenStore['lock']>)(name, task, options).finally(() => order.push('lock released')),
  })
  const { keeper, source } = createKeeper({ store })
  source.answer = async () => {
    await new Promise((resolve) => setTimeout(resolve, 100))
    return createToken(Date.now())
  }
  keeper.get({ isCall: true }).catch(() => {})
  await settle(90)
  const cleared = keeper.clear()
  await settle(5_000)
  await cleared
  expect(order.slice(0, 2)).toEqual(['tombstone', 'lock released'])
})

describe('a store that does not agree with itself', () => {
  it.each<[string, (count: number) => TokenRecord | undefined]>([
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

  it('a record, and then none → the token that was asked for is served: it belongs to the sign-in that was last known', async () => {
    let count = 0
    const store: TokenStore = { get: async () => (count++ % 2 ? expired('a') : undefined), set: async () => {}, delete: async () => {} }
    const { keeper, source } = createKeeper({ store })
    await expect(keeper.get()).resolves.toBeDefined()
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

describe('a code that is refused, where somebody else is signed in', () => {
  async function refused(stored: Token) {
    const store = createStore()
    await store.set(key, createRecord(key, 'anns', stored))
    const { keeper, source } = createKeeper({ store, grant: 'one-time' })
    source.answer = (asked) =>
      asked === 'grant'
        ? new TokenEndpointError('refused', 'no', { error: 'invalid_grant', status: 400 })
        : createToken(Date.now(), { accessToken: 'anns-next' })
    return { keeper, call: keeper.get({ isCall: true }), token: keeper.get() }
  }

  it.each([
    ['with a token that lives', () => createToken(Date.now(), { accessToken: 'anns' })],
    ['with a refresh token', () => createToken(Date.now() - 2 * hour, { refreshToken: 'r' })],
  ])('%s → a call that waited is not carried out as them; who asks for a token gets theirs', async (_, stored) => {
    const { keeper, call, token } = await refused(stored())
    await expect(call).rejects.toMatchObject({ code: 'sign_in_required' })
    expect((await token).token.accessToken).toMatch(/^anns/)
    await keeper.get({ isCall: true })
  })
})

describe('a sign-out after a code was sent, of which no token has come', () => {
  async function signedOut(request: 'failed' | 'is under way') {
    const store = createStore()
    const { keeper, source } = createKeeper({ store, grant: 'one-time' })
    let reply: (error: Error) => void = () => {}
    source.answer = () => {
      source.answer = () => createToken(Date.now(), { accessToken: 'of-ann' })
      if (request === 'failed') return new TokenEndpointError('unavailable', 'away')
      return new Promise((_, reject) => {
        reply = reject
      })
    }
    const first = keeper.get().catch((error: unknown) => error)
    await settle()
    const cleared = keeper.clear()
    reply(new TokenEndpointError('unavailable', 'away'))
    await settle(10_000)
    await cleared
    return { store, keeper, source, first }
  }

  it.each(['failed', 'is under way'] as const)('the request %s → nobody is signed in, and the code is not sent again', async (request) => {
    const { keeper, source, first } = await signedOut(request)
    await expect(keeper.get({ isCall: true })).rejects.toMatchObject({ code: 'sign_in_required' })
    expect(await first).toBeInstanceOf(Error)
    expect(source.asked).toEqual(['grant'])
  })

  it.each(['failed', 'is under way'] as const)(
    'the request %s, and somebody else signs in elsewhere → calls are theirs, as the store says',
    async (request) => {
      const { store, keeper, source } = await signedOut(request)
      await store.set(key, createRecord(key, 'cids', createToken(Date.now(), { accessToken: 'of-cid' })))
      expect((await keeper.get({ isCall: true })).token.accessToken).toBe('of-cid')
      expect(source.asked).toEqual(['grant'])
    },
  )

  it('the code was not sent yet → it is sent', async () => {
    const { keeper, source } = createKeeper({ store: createStore(), grant: 'one-time' })
    await keeper.clear()
    await keeper.get({ isCall: true })
    expect(source.asked).toEqual(['grant'])
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
