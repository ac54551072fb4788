import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { oauth2, refreshToken, TokenManager, TokenStoreError, webStorageStore } from '../../../../src/index.ts'
import { createScriptedTokenServer } from '../../../../src/testing/with-msw.ts'
import { createRecord } from '../../../../src/token/record.ts'
import { FakeStorage } from './fake-storage.ts'

afterEach(() => {
  vi.unstubAllGlobals()
})

const securityError = () => new DOMException('blocked: secret-in-a-message', 'SecurityError')
const blockLocalStorage = () => {
  const getter = vi.fn(() => {
    throw securityError()
  })
  vi.stubGlobal('localStorage', undefined)
  Object.defineProperty(globalThis, 'localStorage', { configurable: true, get: getter })
  return getter
}

describe('webStorageStore', () => {
  it('construction → touches no storage', () => {
    const getter = blockLocalStorage()
    webStorageStore()
    expect(getter).not.toHaveBeenCalled()
  })

  it('a getter that throws → the first operation rejects without its words, later ones work in memory', async () => {
    blockLocalStorage()
    const store = webStorageStore()
    const error = await store.get('k').catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(TokenStoreError)
    expect(error).toMatchObject({ code: 'store_failed', cause: { name: 'SecurityError' } })
    expect(String((error as Error).stack) + String((error as TokenStoreError).cause?.message)).not.toContain('secret-in-a-message')
    const record = createRecord('k', 'e')
    await store.set('k', record)
    expect(await store.get('k')).toEqual(record)
    expect(await store.lock?.('k', async () => 'ran', { waitMs: 0 })).toBe('ran')
    await store.delete('k')
    expect(await store.get('k')).toBeUndefined()
  })

  it.each([
    ['blocked', () => void blockLocalStorage()],
    ['absent', () => void vi.stubGlobal('localStorage', undefined)],
    ['null', () => void vi.stubGlobal('localStorage', null)],
  ])('storage that is %s → one degraded event, and refresh tokens go on in this context', async (_, arrange) => {
    arrange()
    let issued = 0
    const server = createScriptedTokenServer({
      otherwise: ({ parameters }) =>
        parameters['refresh_token'] === `r-${issued}`
          ? { access_token: `a-${++issued}`, refresh_token: `r-${issued}`, expires_in: 3600 }
          : Response.json({ error: 'invalid_grant' }, { status: 400 }),
    })
    const tokens = new TokenManager({
      ...oauth2({
        tokenUrl: server.tokenUrl,
        apiUrl: server.tokenUrl,
        clientId: 'id',
        grant: refreshToken({ clientId: 'id', refreshToken: 'r-0' }),
      }),
      store: webStorageStore(),
      fetch: server.fetch,
    })
    const degraded = vi.fn()
    tokens.on('degraded', degraded)
    for (let round = 1; round <= 4; round++) {
      expect((await tokens.getToken({ forceRenewal: true })).accessToken).toBe(`a-${round}`)
    }
    expect(degraded).toHaveBeenCalledTimes(1)
    tokens.dispose()
  })

  it('a write over the quota → rejects, and what it could not replace is gone', async () => {
    const storage = new FakeStorage()
    const store = webStorageStore(storage)
    await store.set('k', createRecord('k', 'old'))
    const setItem = vi.spyOn(storage, 'setItem').mockImplementation(() => {
      throw new DOMException('', 'QuotaExceededError')
    })
    await expect(store.set('k', createRecord('k', 'new'))).rejects.toMatchObject({ cause: { name: 'QuotaExceededError' } })
    expect(await store.get('k')).toBeUndefined()
    setItem.mockRestore()
    await store.set('k', createRecord('k', 'new'))
    expect(await store.get('k')).toMatchObject({ epoch: 'new' })
  })

  it('a storage that is full → what is in it can still be deleted', async () => {
    const storage = new FakeStorage()
    const store = webStorageStore(storage)
    await store.set('k', createRecord('k', 'e'))
    vi.spyOn(storage, 'setItem').mockImplementation(() => {
      throw new DOMException('', 'QuotaExceededError')
    })
    await store.delete('k')
    expect(storage.items.size).toBe(0)
    expect(await store.get('k')).toBeUndefined()
  })

  it('records that ended long ago → go with the next write, from a storage that can list its names', async () => {
    const storage = new FakeStorage()
    const ended = { ...createRecord('tokenwell:2:ended', 'e'), expiresAt: Date.now() - 2 * 86_400_000 }
    storage.setItem('tokenwell:2:ended', JSON.stringify(ended))
    storage.setItem('not-ours', JSON.stringify(ended))
    await webStorageStore(storage).set('tokenwell:2:mine', createRecord('tokenwell:2:mine', 'e'))
    await vi.waitFor(() => expect([...storage.items.keys()].sort()).toEqual(['not-ours', 'tokenwell:2:mine']))
  })

  it('a storage that cannot list its names → works', async () => {
    const { getItem, setItem, removeItem, items } = new FakeStorage()
    const bare = { items, getItem, setItem, removeItem } as unknown as Storage
    const store = webStorageStore(bare)
    const record = createRecord('tokenwell:2:mine', 'e')
    await store.set('tokenwell:2:mine', record)
    expect(await store.get('tokenwell:2:mine')).toEqual(record)
  })

  it('a storage that is full → one degraded event, and refresh tokens go on', async () => {
    const storage = new FakeStorage()
    vi.spyOn(storage, 'setItem').mockImplementation(() => {
      throw new DOMException('', 'QuotaExceededError')
    })
    const server = createScriptedTokenServer()
    const tokens = new TokenManager({
      ...oauth2({ tokenUrl: server.tokenUrl, apiUrl: server.tokenUrl, clientId: 'id', clientSecret: 's' }),
      store: webStorageStore(storage),
      fetch: server.fetch,
    })
    const degraded = vi.fn()
    tokens.on('degraded', degraded)
    for (let round = 0; round < 3; round++) await tokens.getToken({ forceRenewal: true })
    expect(server.requests).toHaveLength(3)
    expect(degraded).toHaveBeenCalledTimes(1)
    tokens.dispose()
  })

  it('a record of a later version → is given as it is, for the caller to leave alone', async () => {
    const storage = new FakeStorage()
    storage.setItem('k', JSON.stringify({ version: 2, key: 'k', anything: 'else' }))
    expect(await webStorageStore(storage).get('k')).toEqual({ version: 2, key: 'k', anything: 'else' })
  })

  it('without Web Locks and BroadcastChannel → excludes within one store', async () => {
    vi.stubGlobal('navigator', {})
    vi.stubGlobal('BroadcastChannel', undefined)
    const store = webStorageStore(new FakeStorage())
    store.subscribe?.('k', () => {})()
    let [running, most, ran] = [0, 0, 0]
    const task = async () => {
      most = Math.max(most, ++running)
      await new Promise((resolve) => setTimeout(resolve, 5))
      running--
      ran++
    }
    await Promise.all([1, 2, 3].map(() => store.lock?.('k', task, { waitMs: 1_000 })))
    expect({ most, ran }).toEqual({ most: 1, ran: 3 })
  })

  it('Node without a file for it → a script that only makes a store prints nothing', async () => {
    const script = `import { webStorageStore } from './src/stores/browser/web-storage.ts'; webStorageStore()`
    const { stderr } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', script])
    expect(stderr).toBe('')
  })
})
