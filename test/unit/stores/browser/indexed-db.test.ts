import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { ConfigurationError, indexedDbStore, loadStoreKey, TokenStoreError } from '../../../../src/index.ts'
import { IdbConnection } from '../../../../src/stores/browser/idb-connection.ts'
import { createRecord } from '../../../../src/token/record.ts'

// With a real IndexedDB: test/browser/stores.browser.test.ts.
beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.restoreAllMocks()
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

const neverOpens = { open: () => new EventTarget() }

describe('indexedDbStore', () => {
  it('a database that never opens → rejects after 2 s, and then memory serves', async () => {
    vi.stubGlobal('indexedDB', neverOpens)
    const store = indexedDbStore()
    const reading = store.get('k').catch((thrown: unknown) => thrown)
    await vi.advanceTimersByTimeAsync(2_100)
    expect(await reading).toBeInstanceOf(TokenStoreError)
    await store.set('k', createRecord('k', 'e'))
    expect(await store.get('k')).toMatchObject({ epoch: 'e' })
  })

  it('a database that opens too late → is closed again', async () => {
    const request = Object.assign(new EventTarget(), { result: { close: vi.fn() } })
    vi.stubGlobal('indexedDB', { open: () => request })
    const reading = indexedDbStore()
      .get('k')
      .catch(() => {})
    await vi.advanceTimersByTimeAsync(2_100)
    await reading
    request.dispatchEvent(new Event('success'))
    expect(request.result.close).toHaveBeenCalledOnce()
  })

  it.each([
    ['that is not there', undefined],
    [
      'that throws',
      {
        open: () => {
          throw new DOMException('', 'SecurityError')
        },
      },
    ],
  ])('an IndexedDB %s → rejects at once, and then memory serves', async (_, indexedDB) => {
    vi.stubGlobal('indexedDB', indexedDB)
    const store = indexedDbStore()
    await expect(store.set('k', createRecord('k', 'e'))).rejects.toBeInstanceOf(TokenStoreError)
    await store.set('k', createRecord('k', 'e'))
    expect(await store.get('k')).toMatchObject({ epoch: 'e' })
  })
})

describe('indexedDbStore and loadStoreKey: options', () => {
  it('unknown or wrong → ConfigurationError that names it', async () => {
    expect(() => indexedDbStore({ names: 'a' } as never)).toThrow(/^names: is unknown: did you mean name/)
    expect(() => indexedDbStore({ name: '' })).toThrow(ConfigurationError)
    await expect(loadStoreKey({ nam: 'a' } as never)).rejects.toThrow(/^nam: is unknown: did you mean name/)
    await expect(loadStoreKey({ name: 7 } as never)).rejects.toBeInstanceOf(ConfigurationError)
  })
})

describe('indexedDbStore: a write that fails', () => {
  /** What is asked of the object store, one name a transaction. */
  const script = (reason: DOMException) => {
    const asked: string[] = []
    vi.spyOn(IdbConnection.prototype, 'open').mockResolvedValue()
    vi.spyOn(IdbConnection.prototype, 'run').mockImplementation(async (_, ask) => {
      const store = new Proxy({}, { get: (_, name) => () => asked.push(String(name)) })
      ask(store as IDBObjectStore)
      if (asked.at(-1) === 'put') throw reason
      return undefined as never
    })
    return asked
  }

  it('over the quota → rejects, and the record that it could not replace is deleted', async () => {
    const asked = script(new DOMException('', 'QuotaExceededError'))
    const writing = indexedDbStore().set('k', createRecord('k', 'e'))
    await expect(writing).rejects.toMatchObject({ code: 'store_failed', cause: { name: 'QuotaExceededError' } })
    expect(asked).toEqual(['put', 'delete'])
  })

  it('for another reason → rejects, and nothing is deleted', async () => {
    const asked = script(new DOMException('', 'UnknownError'))
    await expect(indexedDbStore().set('k', createRecord('k', 'e'))).rejects.toMatchObject({ cause: { name: 'UnknownError' } })
    expect(asked).toEqual(['put'])
  })
})

describe('loadStoreKey', () => {
  it('without WebCrypto → TokenStoreError that says what to do', async () => {
    vi.stubGlobal('crypto', {})
    await expect(loadStoreKey()).rejects.toThrow(/https:/)
    await expect(loadStoreKey()).rejects.toBeInstanceOf(TokenStoreError)
  })

  it('without IndexedDB → TokenStoreError that says what to do', async () => {
    vi.stubGlobal('indexedDB', undefined)
    await expect(loadStoreKey()).rejects.toThrow(/a CryptoKey of your own/)
  })

  it('with an IndexedDB that never opens → TokenStoreError after 2 s', async () => {
    vi.stubGlobal('indexedDB', neverOpens)
    const loading = loadStoreKey().catch((thrown: unknown) => thrown)
    await vi.advanceTimersByTimeAsync(2_100)
    expect(await loading).toBeInstanceOf(TokenStoreError)
  })
})
