import { type Check, check, listOf, must, readFields, required } from '../base/check.ts'
import type { TokenRecord, TokenStore } from '../token/token-store.ts'
import { asStoreError, storeFailed } from './store-error.ts'

/** A `CryptoKey` of WebCrypto. Not named as such: programs without DOM types have the value, and no type of that name. */
export type StoreKey = Awaited<ReturnType<typeof globalThis.crypto.subtle.importKey>>

/** Options of `encryptedStore()`. */
export interface EncryptedStoreOptions {
  /** AES-GCM, for encryption and decryption: `await loadStoreKey()` in browsers, your own elsewhere. */
  key: StoreKey
  /**
   * Other keys that records may be encrypted with. Such a record is read, and encrypted with `key` when it is next written.
   * A new key is given to all instances here first, and becomes their `key` in a second step: until then none of them
   * writes what another one cannot read.
   * @default none
   */
  previousKeys?: readonly StoreKey[] | undefined
}

// NIST SP 800-38D §8.2.2: random, 96 bits, a new one for each write.
const ivLength = 12

/**
 * Encrypts the records that another store keeps, by AES-GCM. Each is bound to its name and id. So it cannot be moved to another
 * user's name, or put back in the place of a later one unnoticed by its id. Only what the other store needs stays readable:
 * version, key, id, epoch, `expiresAt`. Locks and subscriptions are those of the other store.
 *
 * A record that none of the keys opens may hold a sign-in. `get` then rejects with a `TokenStoreError` (`store_failed`) until
 * the record is replaced or deleted, so that no caller goes on as if there were none. A token that is not encrypted, and a
 * record of another name, are misses.
 * @throws ConfigurationError where a key is of no use for it, or an option is unknown
 */
export function encryptedStore(store: TokenStore, options: EncryptedStoreOptions): TokenStore {
  check('store', typeof store?.get === 'function', 'must be a store, such as indexedDbStore() gives')
  const { key, previousKeys = [] } = readFields<EncryptedStoreOptions>('options', options, {
    key: required(keyThatMay('encrypt', 'decrypt')),
    previousKeys: eachOf(keyThatMay('decrypt')),
  })
  const keys = [key, ...previousKeys]
  return {
    async get(name) {
      const stored: unknown = await store.get(name)
      return isRecordOf(name, stored) ? open(stored, keys) : undefined
    },
    async set(name, record) {
      await store.set(name, await seal(record, key))
    },
    delete: (name) => store.delete(name),
    ...(store.lock && { lock: store.lock.bind(store) as NonNullable<TokenStore['lock']> }),
    ...(store.subscribe && { subscribe: store.subscribe.bind(store) }),
  }
}

/** The fields that stay readable. The encrypted contents are bound to them. */
type Envelope = Pick<TokenRecord, 'version' | 'key' | 'id' | 'epoch' | 'expiresAt'>

async function seal(record: TokenRecord, key: StoreKey): Promise<TokenRecord> {
  const { version, key: name, id, epoch, expiresAt, ...contents } = record
  const envelope: Envelope = { version, key: name, id, epoch, ...(expiresAt !== undefined && { expiresAt }) }
  const text = JSON.stringify(contents)
  // A tombstone holds no secret. Instances with another key have to read it, since the sign-in is over for them too.
  if (text === '{}') return envelope
  const iv = crypto.getRandomValues(new Uint8Array(ivLength))
  try {
    const algorithm = { name: 'AES-GCM', iv, additionalData: bindingOf(envelope) }
    const encrypted = await crypto.subtle.encrypt(algorithm, key, new TextEncoder().encode(text))
    return { ...envelope, sealed: toBase64(new Uint8Array([...iv, ...new Uint8Array(encrypted)])) }
  } catch (error) {
    throw asStoreError(error, 'The token could not be encrypted.')
  }
}

async function open(stored: TokenRecord, keys: readonly StoreKey[]): Promise<TokenRecord | undefined> {
  const { version, key: name, id, epoch, expiresAt, sealed } = stored
  // The caller sees that there is one, and leaves it alone.
  if (isOfLaterVersion(stored)) return stored
  if (version !== 1) return undefined
  // Any other readable field may be forged: it is dropped.
  const envelope: Envelope = { version, key: name, id, epoch, ...(expiresAt !== undefined && { expiresAt }) }
  if (sealed === undefined) return stored.token === undefined ? envelope : undefined
  if (typeof sealed !== 'string') return undefined
  for (const key of keys) {
    const contents = await unseal(sealed, envelope, key)
    if (contents) return { ...contents, ...envelope }
  }
  throw storeFailed(
    'None of the keys opens the stored token: add the key that encrypted it to previousKeys. A new sign-in or clear() replaces it.',
  )
}

async function unseal(sealed: string, envelope: Envelope, key: StoreKey): Promise<Partial<TokenRecord> | undefined> {
  try {
    const bytes = fromBase64(sealed)
    const algorithm = { name: 'AES-GCM', iv: bytes.subarray(0, ivLength), additionalData: bindingOf(envelope) }
    const text = await crypto.subtle.decrypt(algorithm, key, bytes.subarray(ivLength))
    return JSON.parse(new TextDecoder().decode(text)) as Partial<TokenRecord>
  } catch {
    return undefined
  }
}

/** The additional data of the encryption: contents decrypt in their own record and in no other. */
function bindingOf({ version, key, id, epoch, expiresAt }: Envelope): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(JSON.stringify([version, key, id, epoch, expiresAt ?? null]))
}

function isRecordOf(name: string, stored: unknown): stored is TokenRecord {
  if (typeof stored !== 'object' || stored === null) return false
  const { key } = stored as Partial<TokenRecord>
  // A later version may say otherwise whose record it is.
  return key === name || (key === undefined && isOfLaterVersion(stored))
}

function isOfLaterVersion(stored: object): boolean {
  const { version } = stored as { version?: unknown }
  return typeof version === 'number' && version > 1
}

function keyThatMay(...usages: readonly KeyUsage[]): Check {
  const isRight = (key: Partial<StoreKey> | null) =>
    key?.algorithm?.name === 'AES-GCM' && usages.every((usage) => key.usages?.includes(usage))
  return must(`a CryptoKey for AES-GCM that may ${usages.join(' and ')}, such as loadStoreKey() resolves with`, (value) =>
    isRight(value as Partial<StoreKey> | null),
  )
}

/** A list of such values, which may be empty. */
function eachOf(inner: Check): Check {
  return (option, value) => (Array.isArray(value) && value.length === 0) || listOf(inner)(option, value)
}

const toBase64 = (bytes: Uint8Array): string => btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''))
const fromBase64 = (text: string): Uint8Array<ArrayBuffer> => Uint8Array.from(atob(text), (character) => character.charCodeAt(0))
