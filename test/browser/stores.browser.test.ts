import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
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

describe('localStorage', () => {
  it('over the quota → the write rejects, nothing superseded is left, and it works again when there is room', async () => {
    localStorage.clear()
    const store = webStorageStore()
    await store.set('k', recordOf('old'))
    fillUp(localStorage)
    const error = await store.set('k', recordOf('x'.repeat(12_000))).catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(TokenStoreError)
    expect(localStorage.getItem('k')).toBeNull()
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

function fillUp(storage: Storage): void {
  for (let length = 2 ** 20, index = 0; length >= 1; index++) {
    try {
      storage.setItem(`filler-${index}`, 'x'.repeat(length))
    } catch {
      length = Math.floor(length / 2)
    }
  }
}
