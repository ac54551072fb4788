import { describe, expect, it } from 'vitest'
import {
  ConfigurationError,
  encryptedStore,
  memoryStore,
  oauth2,
  refreshToken,
  TokenManager,
  type TokenRecord,
  type TokenStore,
  TokenStoreError,
} from '../../../src/index.ts'
import { createScriptedTokenServer } from '../../../src/testing/with-msw.ts'
import { createRecord } from '../../../src/token/record.ts'
import { readStoredValue, recordOf } from '../../../src/token/stored-answer.ts'

const makeKey = (usages: KeyUsage[] = ['encrypt', 'decrypt']) => crypto.subtle.generateKey({ name: 'AES-GCM', length: 256 }, false, usages)
const token = {
  accessToken: 'secret-access',
  tokenType: 'Bearer',
  issuedAt: 1,
  expiresAt: 2,
  refreshToken: 'secret-refresh',
  refreshableUntil: 3,
}
const refusal = { code: 'refused', error: 'invalid_client', status: 401, until: 30_000, times: 2 }

describe('encryptedStore', () => {
  it('what the inner store gets → is a record of ours, and holds no secret', async () => {
    const inner = memoryStore()
    const record = createRecord('k', 'e', token)
    await encryptedStore(inner, { key: await makeKey() }).set('k', record)
    const stored = await inner.get('k')
    expect(recordOf(readStoredValue('k', stored))).toMatchObject({ version: 1, key: 'k', id: record.id, epoch: 'e', expiresAt: 3 })
    expect(stored?.token).toBeUndefined()
    expect(atob(stored?.sealed ?? '') + JSON.stringify(stored)).not.toMatch(/secret/)
  })

  it('the same record twice → two ciphertexts', async () => {
    const inner = memoryStore()
    const store = encryptedStore(inner, { key: await makeKey() })
    const record = createRecord('k', 'e', token)
    const sealed = new Set<string | undefined>()
    for (let round = 0; round < 3; round++) {
      await store.set('k', record)
      sealed.add((await inner.get('k'))?.sealed)
    }
    expect(sealed.size).toBe(3)
  })

  it('a previous key → is read with, and not written with', async () => {
    const inner = memoryStore()
    const [old, key] = [await makeKey(), await makeKey()]
    const record = createRecord('k', 'e', token)
    await encryptedStore(inner, { key: old }).set('k', record)
    const rotated = encryptedStore(inner, { key, previousKeys: [await makeKey(), old] })
    expect(await rotated.get('k')).toEqual(record)
    await rotated.set('k', record)
    await expect(encryptedStore(inner, { key: old }).get('k')).rejects.toBeInstanceOf(TokenStoreError)
    expect(await encryptedStore(inner, { key }).get('k')).toEqual(record)
  })

  it.each<[string, (stored: TokenRecord) => unknown]>([
    ['another id', (stored) => ({ ...stored, id: 'other' })],
    ['another epoch', (stored) => ({ ...stored, epoch: 'other' })],
    ['another expiry', (stored) => ({ ...stored, expiresAt: 8e12 })],
    ['no expiry', (stored) => ({ ...stored, expiresAt: undefined })],
    ['a flipped bit', (stored) => ({ ...stored, sealed: flipLast(stored.sealed ?? '') })],
    ['a cut', (stored) => ({ ...stored, sealed: stored.sealed?.slice(0, 8) })],
    ['no base64', (stored) => ({ ...stored, sealed: '\u2028' })],
  ])('a record of this name with %s → nobody knows what it holds: get() rejects without a secret', async (_, tamper) => {
    const inner = memoryStore()
    const store = encryptedStore(inner, { key: await makeKey() })
    await store.set('k', createRecord('k', 'e', token))
    await inner.set('k', tamper((await inner.get('k')) as TokenRecord) as TokenRecord)
    const error = await store.get('k').catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ name: 'TokenStoreError', code: 'store_failed', message: expect.stringMatching(/previousKeys/) })
    expect(`${(error as Error).stack} ${JSON.stringify(error)}`).not.toMatch(/secret-/)
  })

  it.each<[string, (stored: TokenRecord) => unknown]>([
    ['the name of another one', (stored) => ({ ...stored, key: 'other' })],
    ['an older version', (stored) => ({ ...stored, version: 0 })],
    ['a number in the place of what is encrypted', (stored) => ({ ...stored, sealed: 7 })],
    ['a token that is not encrypted', (stored) => ({ ...stored, sealed: undefined, token })],
  ])('a record with %s → a miss', async (_, tamper) => {
    const inner = memoryStore()
    const store = encryptedStore(inner, { key: await makeKey() })
    await store.set('k', createRecord('k', 'e', token))
    await inner.set('k', tamper((await inner.get('k')) as TokenRecord) as TokenRecord)
    expect(await store.get('k')).toBeUndefined()
  })

  it('a record that was sealed for another name, or its tombstone, under this one → a miss', async () => {
    const inner = memoryStore()
    const store = encryptedStore(inner, { key: await makeKey() })
    for (const record of [createRecord('other', 'e', token), createRecord('other', 'e')]) {
      await store.set('other', record)
      await inner.set('k', (await inner.get('other')) as TokenRecord)
      expect(await store.get('k')).toBeUndefined()
      expect(await store.get('other')).toEqual(record)
    }
  })

  it('a record that was sealed for another name, and given this one → does not open', async () => {
    const inner = memoryStore()
    const store = encryptedStore(inner, { key: await makeKey() })
    await store.set('other', createRecord('other', 'e', token))
    await inner.set('k', { ...((await inner.get('other')) as TokenRecord), key: 'k' })
    await expect(store.get('k')).rejects.toBeInstanceOf(TokenStoreError)
  })

  it('a record that no key opens → a new sign-in replaces it, and so does a tombstone, which every key reads', async () => {
    const inner = memoryStore()
    const [one, other] = [encryptedStore(inner, { key: await makeKey() }), encryptedStore(inner, { key: await makeKey() })]
    await one.set('k', createRecord('k', 'e', token))
    await expect(other.get('k')).rejects.toThrow(/None of the keys opens/)
    const next = createRecord('k', 'e2', token)
    await other.set('k', next)
    expect(await other.get('k')).toEqual(next)
    await expect(one.get('k')).rejects.toThrow(/None of the keys opens/)
    const tombstone = createRecord('k', 'e3')
    await one.set('k', tombstone)
    expect(await one.get('k')).toEqual(tombstone)
    expect(await other.get('k')).toEqual(tombstone)
    await other.delete('k')
    expect(await one.get('k')).toBeUndefined()
  })

  it('a key that is changed in two steps, instance by instance → every record is read by every instance', async () => {
    const inner = memoryStore()
    const [old, key] = [await makeKey(), await makeKey()]
    const before = { key: old }
    const [prepared, after] = [
      { key: old, previousKeys: [key] },
      { key, previousKeys: [old] },
    ]
    for (const [one, other] of [
      [before, prepared],
      [prepared, prepared],
      [prepared, after],
      [after, after],
    ] as const) {
      for (const [writer, reader] of [
        [one, other],
        [other, one],
      ] as const) {
        const record = createRecord('k', 'e', token)
        await encryptedStore(inner, writer).set('k', record)
        expect(await encryptedStore(inner, reader).get('k')).toEqual(record)
      }
    }
  })

  it('an instance that does not know the new key → presents no refresh token, and says what to do', async () => {
    const inner = memoryStore()
    const server = createScriptedTokenServer()
    const create = async () =>
      new TokenManager({
        ...oauth2({
          tokenUrl: server.tokenUrl,
          apiUrl: server.tokenUrl,
          clientId: 'id',
          grant: refreshToken({ clientId: 'id', refreshToken: 'first' }),
        }),
        subject: 'mary',
        store: encryptedStore(inner, { key: await makeKey() }),
        fetch: server.fetch,
      })
    const [updated, behind] = [await create(), await create()]
    await updated.getToken()
    const reasons: unknown[] = []
    behind.on('degraded', ({ reason }) => reasons.push(reason))
    await expect(behind.getToken()).rejects.toBeInstanceOf(TokenStoreError)
    expect(server.requests).toHaveLength(1)
    expect(reasons).toEqual([expect.stringMatching(/previousKeys/)])
    updated.dispose()
    behind.dispose()
  })

  it.each([
    ['a token and a refusal', { token, refusal }],
    ['a refusal alone', { refusal }],
    ['a field that only a later package knows', { token, later: { than: 'this' } }],
  ])('%s → is encrypted, and returned as it was given', async (_, contents) => {
    const inner = memoryStore()
    const store = encryptedStore(inner, { key: await makeKey() })
    const record = { ...createRecord('k', 'e'), ...contents } as TokenRecord
    await store.set('k', record)
    const stored = await inner.get('k')
    expect(Object.keys(stored ?? {}).sort()).toEqual(['epoch', 'id', 'key', 'sealed', 'version'])
    expect(await store.get('k')).toEqual(record)
  })

  it.each<[string, Partial<TokenRecord>, object]>([
    ['beside a token', { token }, { refusal }],
    ['in a tombstone', {}, { refusal }],
    ['of a kind that this package does not know', { token }, { later: 'forged' }],
  ])('what anybody may have written %s → is not returned, and does not make the record unreadable', async (_, contents, forged) => {
    const inner = memoryStore()
    const store = encryptedStore(inner, { key: await makeKey() })
    const record = { ...createRecord('k', 'e'), ...contents }
    await store.set('k', record)
    await inner.set('k', { ...((await inner.get('k')) as TokenRecord), ...forged })
    expect(await store.get('k')).toEqual(record)
  })

  it('what is encrypted, moved into another record of the same name → does not open', async () => {
    const inner = memoryStore()
    const store = encryptedStore(inner, { key: await makeKey() })
    await store.set('k', { ...createRecord('k', 'e'), refusal } as TokenRecord)
    const { sealed } = (await inner.get('k')) as TokenRecord
    await store.set('k', createRecord('k', 'e'))
    await inner.set('k', { ...((await inner.get('k')) as TokenRecord), sealed: sealed as string })
    await expect(store.get('k')).rejects.toBeInstanceOf(TokenStoreError)
  })

  it.each(['text', 7, true, [], {}, null])('what is no record (%j) → gives none', async (value) => {
    const inner = { get: async () => value as unknown as TokenRecord, set: async () => {}, delete: async () => {} }
    expect(await encryptedStore(inner, { key: await makeKey() }).get('k')).toBeUndefined()
  })

  it.each([
    ['sealed', { version: 2, key: 'k', sealed: 'whatever' }],
    ['of another shape', { version: 3, name: 'k', anything: { else: true } }],
  ])('a record of a later version, %s → is given as it is, unopened', async (_, later) => {
    const inner = memoryStore()
    await inner.set('k', later as unknown as TokenRecord)
    const stored = await encryptedStore(inner, { key: await makeKey() }).get('k')
    expect(stored).toEqual(later)
    expect(readStoredValue('k', stored)).toMatchObject({ error: { code: 'later_version' } })
  })

  it('a record of a later version that belongs to another name → a miss', async () => {
    const inner = memoryStore()
    await inner.set('k', { version: 2, key: 'other', sealed: 'whatever' } as unknown as TokenRecord)
    expect(await encryptedStore(inner, { key: await makeKey() }).get('k')).toBeUndefined()
  })

  it('lock and subscribe → are those of the inner store, or absent', async () => {
    const key = await makeKey()
    const { get, set, delete: remove } = memoryStore()
    const bare: TokenStore = { get, set, delete: remove }
    expect(Object.keys(encryptedStore(bare, { key }))).toEqual(['get', 'set', 'delete'])
    const heard: string[] = []
    const full: TokenStore = { ...bare, lock: (_, task) => task(), subscribe: (name) => () => void heard.push(name) }
    const store = encryptedStore(full, { key })
    expect(await store.lock?.('k', async () => 'ran', { waitMs: 0 })).toBe('ran')
    store.subscribe?.('k', () => {})()
    expect(heard).toEqual(['k'])
  })

  it.each<[string, unknown]>([
    ['none', undefined],
    ['text', 'a passphrase'],
    ['bytes', new Uint8Array(32)],
  ])('a key that is %s → ConfigurationError naming the option', (_, key) => {
    const make = () => encryptedStore(memoryStore(), { key: key as CryptoKey })
    expect(make).toThrow(ConfigurationError)
    expect(make).toThrow(/^key:/)
  })

  it('a key that may not encrypt → ConfigurationError; it will do as a previous one', async () => {
    const readOnly = await makeKey(['decrypt'])
    expect(() => encryptedStore(memoryStore(), { key: readOnly })).toThrow(/encrypt/)
    expect(() => encryptedStore(memoryStore(), { key: readOnly, previousKeys: [] })).toThrow(ConfigurationError)
    const key = await makeKey()
    encryptedStore(memoryStore(), { key, previousKeys: [readOnly] })
    const writeOnly = await makeKey(['encrypt'])
    expect(() => encryptedStore(memoryStore(), { key, previousKeys: [writeOnly] })).toThrow(/^previousKeys\[0\]:/)
  })

  it('an option that is unknown, or a store that is none → ConfigurationError that says what was meant', async () => {
    const key = await makeKey()
    expect(() => encryptedStore(memoryStore(), { key, previouskey: [] } as never)).toThrow(
      /^previouskey: is unknown: did you mean previousKeys/,
    )
    expect(() => encryptedStore(memoryStore(), key as never)).toThrow(ConfigurationError)
    expect(() => encryptedStore(undefined as never, { key })).toThrow(/^store:/)
    expect(() => encryptedStore(memoryStore(), { key, previousKeys: key as never })).toThrow(/^previousKeys:/)
  })
})

function flipLast(sealed: string): string {
  const bytes = Uint8Array.from(atob(sealed), (character) => character.charCodeAt(0))
  bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1
  return btoa(String.fromCharCode(...bytes))
}
