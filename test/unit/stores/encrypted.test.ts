import { describe, expect, it } from 'vitest'
import { ConfigurationError, encryptedStore, memoryStore, type TokenRecord, type TokenStore } from '../../../src/index.ts'
import { createRecord, parseRecord } from '../../../src/token/record.ts'

const makeKey = (usages: KeyUsage[] = ['encrypt', 'decrypt']) => crypto.subtle.generateKey({ name: 'AES-GCM', length: 256 }, false, usages)
const token = {
  accessToken: 'secret-access',
  tokenType: 'Bearer',
  issuedAt: 1,
  expiresAt: 2,
  refreshToken: 'secret-refresh',
  refreshableUntil: 3,
}

describe('encryptedStore', () => {
  it('what the inner store gets → is a record of ours, and holds no secret', async () => {
    const inner = memoryStore()
    const record = createRecord('k', 'e', token)
    await encryptedStore(inner, { key: await makeKey() }).set('k', record)
    const stored = await inner.get('k')
    expect(parseRecord(stored, 'k')).toMatchObject({ version: 1, key: 'k', id: record.id, epoch: 'e', expiresAt: 3 })
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

  it('a wrong key → a miss', async () => {
    const inner = memoryStore()
    await encryptedStore(inner, { key: await makeKey() }).set('k', createRecord('k', 'e', token))
    expect(await encryptedStore(inner, { key: await makeKey() }).get('k')).toBeUndefined()
  })

  it('a previous key → is read with, and not written with', async () => {
    const inner = memoryStore()
    const [old, key] = [await makeKey(), await makeKey()]
    const record = createRecord('k', 'e', token)
    await encryptedStore(inner, { key: old }).set('k', record)
    const rotated = encryptedStore(inner, { key, previousKeys: [await makeKey(), old] })
    expect(await rotated.get('k')).toEqual(record)
    await rotated.set('k', record)
    expect(await encryptedStore(inner, { key: old }).get('k')).toBeUndefined()
    expect(await encryptedStore(inner, { key }).get('k')).toEqual(record)
  })

  it.each<[string, (stored: TokenRecord) => unknown]>([
    ['another key', (stored) => ({ ...stored, key: 'other' })],
    ['another id', (stored) => ({ ...stored, id: 'other' })],
    ['another epoch', (stored) => ({ ...stored, epoch: 'other' })],
    ['another expiry', (stored) => ({ ...stored, expiresAt: 8e12 })],
    ['no expiry', (stored) => ({ ...stored, expiresAt: undefined })],
    ['a flipped bit', (stored) => ({ ...stored, sealed: flipLast(stored.sealed ?? '') })],
    ['a cut', (stored) => ({ ...stored, sealed: stored.sealed?.slice(0, 8) })],
    ['no base64', (stored) => ({ ...stored, sealed: '\u2028' })],
    ['a number', (stored) => ({ ...stored, sealed: 7 })],
    ['a token that is not encrypted', (stored) => ({ ...stored, sealed: undefined, token })],
  ])('a record with %s → a miss', async (_, tamper) => {
    const inner = memoryStore()
    const store = encryptedStore(inner, { key: await makeKey() })
    await store.set('k', createRecord('k', 'e', token))
    await inner.set('k', tamper((await inner.get('k')) as TokenRecord) as TokenRecord)
    expect(await store.get('k')).toBeUndefined()
  })

  it.each(['text', 7, true, [], {}, null])('what is no record (%j) → gives none', async (value) => {
    const inner = memoryStore()
    await inner.set('k', value as unknown as TokenRecord)
    expect(parseRecord(await encryptedStore(inner, { key: await makeKey() }).get('k'), 'k')).toBeUndefined()
  })

  it('a record of a later version → is seen as one', async () => {
    const inner = memoryStore()
    await inner.set('k', { version: 2, sealed: 'whatever' } as unknown as TokenRecord)
    expect(parseRecord(await encryptedStore(inner, { key: await makeKey() }).get('k'), 'k')).toBe('newer')
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
    expect(() => encryptedStore(memoryStore(), { key, previousKeys: [writeOnly] })).toThrow(/^previousKeys:/)
  })
})

function flipLast(sealed: string): string {
  const bytes = Uint8Array.from(atob(sealed), (character) => character.charCodeAt(0))
  bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1
  return btoa(String.fromCharCode(...bytes))
}
