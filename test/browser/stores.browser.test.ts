import { afterAll, beforeAll, describe, expect, inject, it, vi } from 'vitest'
import { encryptedStore, indexedDbStore, loadStoreKey, oauth2, TokenManager, TokenStoreError, webStorageStore } from '../../src/index.ts'
import { type CreateStores, tokenStoreContract } from '../../src/testing/store-contract/contract.ts'
import { createRecord } from '../../src/token/record.ts'
import type { TokenRecord } from '../../src/token/token-store.ts'

const unhandled: unknown[] = []
const onUnhandled = (event: PromiseRejectionEvent) => unhandled.push(event.reason)
beforeAll(() => addEventListener('unhandledrejection', onUnhandled))
afterAll(() => {
  removeEventListener('unhandledrejection', onUnhandled)
  expect(unhandled).toEqual([])
})

// Stores of one page: the tests with real tabs are in test/scenarios/tabs.test.ts.
const twoOver = (storage: Storage) => {
  storage.clear()
  return [webStorageStore(storage), webStorageStore(storage)] as const
}
const twoDatabases = () => {
  const name = crypto.randomUUID()
  return [indexedDbStore({ name }), indexedDbStore({ name })] as const
}
const encrypted = async ([one, other]: Awaited<ReturnType<CreateStores>>) => {
  const key = await loadStoreKey()
  return [encryptedStore(one, { key }), encryptedStore(other, { key })] as const
}

const stores: [string, CreateStores][] = [
  ['webStorageStore(localStorage)', () => twoOver(localStorage)],
  ['webStorageStore(sessionStorage)', () => twoOver(sessionStorage)],
  ['indexedDbStore', twoDatabases],
  ['encryptedStore over localStorage', () => encrypted(twoOver(localStorage))],
  ['encryptedStore over IndexedDB', () => encrypted(twoDatabases())],
]

describe.each(stores)('%s', (_, createStores) => {
  it.each(tokenStoreContract().map(({ name, run }) => ({ name, run })))('$name', ({ run }) => run(createStores), 30_000)

  it('a second page with a stored token → makes no token request', async () => {
    const world = `${inject('smokeUrl')}/${crypto.randomUUID()}`
    const options = oauth2({ tokenUrl: `${world}/token`, apiUrl: `${world}/api/`, clientId: 'id', clientSecret: 'secret' })
    const texts: string[] = []
    for (const store of await createStores()) {
      const tokens = new TokenManager({ ...options, store })
      texts.push((await tokens.getToken()).accessToken)
      tokens.dispose()
    }
    expect(texts[1]).toBe(texts[0])
    expect(await (await fetch(`${world}/counts`)).json()).toMatchObject({ tokenRequests: 1 })
  })

  it('clear() in one page → the other one forgets its token, and both use the next one', async () => {
    const world = `${inject('smokeUrl')}/${crypto.randomUUID()}`
    const options = oauth2({ tokenUrl: `${world}/token`, apiUrl: `${world}/api/`, clientId: 'id', clientSecret: 'secret' })
    const [one, other] = (await createStores()).map((store) => new TokenManager({ ...options, store })) as [TokenManager, TokenManager]
    await one.getToken()
    const { accessToken } = await other.getToken()
    const cleared = new Promise((resolve) => other.on('cleared', resolve))
    await one.clear()
    await cleared
    const next = await other.getToken()
    expect(next.accessToken).not.toBe(accessToken)
    expect((await one.getToken()).accessToken).toBe(next.accessToken)
    expect(await (await fetch(`${world}/counts`)).json()).toMatchObject({ tokenRequests: 2 })
    one.dispose()
    other.dispose()
  })
})

const day = 86_400_000

/** A record that ended a while ago, as an earlier page has left it. */
const endedRecord = (key: string, agoMs: number): TokenRecord => ({ ...createRecord(key, 'e'), expiresAt: Date.now() - agoMs })

describe('localStorage', () => {
  it('records that ended more than a day ago → go with the next write, and what is not ours stays', async () => {
    localStorage.clear()
    const names = { old: 'tokenwell:2:old', young: 'tokenwell:2:young', mine: 'tokenwell:2:mine', foreign: 'settings' }
    localStorage.setItem(names.old, JSON.stringify(endedRecord(names.old, 2 * day)))
    localStorage.setItem(names.young, JSON.stringify(endedRecord(names.young, day / 2)))
    localStorage.setItem(names.foreign, JSON.stringify(endedRecord(names.foreign, 2 * day)))
    await webStorageStore().set(names.mine, createRecord(names.mine, 'e'))
    await vi.waitFor(() => expect(localStorage.getItem(names.old)).toBeNull())
    expect([names.young, names.mine, names.foreign].filter((name) => localStorage.getItem(name) === null)).toEqual([])
  })

  it('a lock that is given up → its request leaves the queue of the browser', async () => {
    const store = webStorageStore()
    let release = () => {}
    const held = store.lock?.('given up', () => new Promise<void>((resolve) => (release = resolve)), { waitMs: 1_000 })
    const waiting = store.lock?.('given up', async () => {}, { waitMs: 50 }).catch((error: unknown) => error)
    expect(await waiting).toMatchObject({ code: 'lock_not_acquired' })
    const { pending = [] } = await navigator.locks.query()
    expect(pending.filter(({ name }) => name?.includes('given up'))).toEqual([])
    release()
    await held
  })

  it('over the quota → the write rejects, nothing superseded is left, and it works again when there is room', async () => {
    localStorage.clear()
    const store = webStorageStore()
    await store.set('k', recordOf('old'))
    fillUp(localStorage)
    const error = await store.set('k', recordOf('x'.repeat(12_000))).catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(TokenStoreError)
    expect(localStorage.getItem('k')).toBeNull()
    localStorage.setItem('another', '')
    await store.delete('another')
    expect(localStorage.getItem('another')).toBeNull()
    localStorage.clear()
    await store.set('k', recordOf('new'))
    expect((await store.get('k'))?.token?.accessToken).toBe('new')
  })

  it.each(['', '{', 'null', '[1]', '"text"', '{"version":1}'])('what is corrupt (%s) → gives no record, without a wait', async (text) => {
    const store = webStorageStore()
    localStorage.setItem('corrupt', text)
    const startedAt = performance.now()
    expect((await store.get('corrupt'))?.token).toBeUndefined()
    expect(performance.now() - startedAt).toBeLessThan(200)
  })

  it('a write that others have made and that has not arrived → is waited for', async () => {
    localStorage.clear()
    const [writer, reader] = [webStorageStore(), webStorageStore()]
    await writer.set('k', recordOf('first'))
    const stale = localStorage.getItem('k') ?? ''
    await writer.set('k', recordOf('second'))
    const latest = localStorage.getItem('k') ?? ''
    // What another process would still see, and see later.
    localStorage.setItem('k', stale)
    setTimeout(() => localStorage.setItem('k', latest), 100)
    expect((await reader.get('k'))?.token?.accessToken).toBe('second')
    localStorage.setItem('k', stale)
    await expect(reader.get('k')).rejects.toBeInstanceOf(TokenStoreError)
  })
})

describe('IndexedDB', () => {
  it('records that ended more than a day ago → go with the next write', async () => {
    const name = crypto.randomUUID()
    const put = await openRecords(name)
    const ended = { ...endedRecord('tokenwell:2:old', 2 * day), writtenAt: Date.now() - 3 * day }
    await put(ended, 'tokenwell:2:old')
    // Dated by another clock, and written just now.
    await put({ ...ended, key: 'tokenwell:2:young', writtenAt: Date.now() }, 'tokenwell:2:young')
    await put({ ...ended, key: 'settings' }, 'settings')
    const store = indexedDbStore({ name })
    expect(await store.get('tokenwell:2:old')).toMatchObject({ key: 'tokenwell:2:old' })
    await store.set('tokenwell:2:mine', createRecord('tokenwell:2:mine', 'e'))
    await vi.waitFor(async () => expect(await store.get('tokenwell:2:old')).toBeUndefined())
    for (const key of ['tokenwell:2:young', 'settings', 'tokenwell:2:mine']) expect(await store.get(key)).toMatchObject({ key })
  })

  it('deleted under an open connection → is not blocked, and works again', async () => {
    const name = crypto.randomUUID()
    const store = indexedDbStore({ name })
    await store.set('k', recordOf('a'))
    await new Promise<void>((resolve, reject) => {
      const request = indexedDB.deleteDatabase(name)
      request.addEventListener('success', () => resolve())
      request.addEventListener('error', () => reject(request.error))
      request.addEventListener('blocked', () => reject(new Error('blocked')))
    })
    expect(await store.get('k')).toBeUndefined()
    await store.set('k', recordOf('b'))
    expect((await store.get('k'))?.token?.accessToken).toBe('b')
  })

  it.each([1, 7])('a database of another shape, of version %i → the first operation rejects, and then memory serves', async (version) => {
    const name = crypto.randomUUID()
    const request = indexedDB.open(name, version)
    await new Promise((resolve) => request.addEventListener('success', resolve))
    request.result.close()
    const store = indexedDbStore({ name })
    await expect(store.get('k')).rejects.toBeInstanceOf(TokenStoreError)
    await store.set('k', recordOf('a'))
    expect((await store.get('k'))?.token?.accessToken).toBe('a')
  })
})

describe('loadStoreKey', () => {
  it('many at once → one key, which cannot be exported and is there the next time', async () => {
    const name = crypto.randomUUID()
    const keys = await Promise.all(Array.from({ length: 8 }, () => loadStoreKey({ name })))
    const inner = indexedDbStore({ name: crypto.randomUUID() })
    await encryptedStore(inner, { key: keys[0]! }).set('k', recordOf('a'))
    for (const key of [...keys, await loadStoreKey({ name })]) {
      expect(key.extractable).toBe(false)
      expect((await encryptedStore(inner, { key }).get('k'))?.token?.accessToken).toBe('a')
    }
    const another = await loadStoreKey({ name: crypto.randomUUID() })
    await expect(encryptedStore(inner, { key: another }).get('k')).rejects.toBeInstanceOf(TokenStoreError)
  })

  it('in a worker → gives the key of the page', async () => {
    const name = crypto.randomUUID()
    const inner = indexedDbStore({ name })
    await encryptedStore(inner, { key: await loadStoreKey({ name }) }).set('k', recordOf('of the page'))
    const worker = new Worker(new URL('./store-worker.ts', import.meta.url), { type: 'module' })
    const read = new Promise((resolve, reject) => {
      worker.addEventListener('message', ({ data }) => resolve(data))
      worker.addEventListener('error', (event) => reject(new Error(event.message)))
    })
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a worker has none
    worker.postMessage(name)
    expect(await read).toBe('of the page')
    worker.terminate()
  })
})

const recordOf = (accessToken: string): TokenRecord =>
  createRecord('k', 'e', { accessToken, tokenType: 'Bearer', issuedAt: 1, expiresAt: 2 })

/** Opens a database of records as a store does. Gives a function that puts something into it. */
async function openRecords(name: string) {
  const request = indexedDB.open(name, 1)
  request.addEventListener('upgradeneeded', () => request.result.createObjectStore('records'))
  await new Promise((resolve) => request.addEventListener('success', resolve))
  request.result.addEventListener('versionchange', () => request.result.close())
  return async (value: unknown, key: string) => {
    const transaction = request.result.transaction('records', 'readwrite')
    transaction.objectStore('records').put(value, key)
    await new Promise((resolve) => transaction.addEventListener('complete', resolve))
  }
}

function fillUp(storage: Storage): void {
  for (let length = 2 ** 20, index = 0; length >= 1; index++) {
    try {
      storage.setItem(`filler-${index}`, 'x'.repeat(length))
    } catch {
      length = Math.floor(length / 2)
    }
  }
}
