import { ConfigurationError } from '../base/errors.ts'
import type { Token } from '../token/token.ts'
import type { TokenRecord, TokenStore } from '../token/token-store.ts'
import { asStoreError } from './store-error.ts'

/** A `CryptoKey` of WebCrypto. Not named as such: programs without DOM types have the value, and no type of that name. */
export type StoreKey = Awaited<ReturnType<typeof globalThis.crypto.subtle.importKey>>

export interface EncryptedStoreOptions {
  /** AES-GCM, for encryption and decryption: `await loadStoreKey()` in browsers, your own elsewhere. */
  key: StoreKey
  /**
   * Keys that were used before. What they encrypted is read, and encrypted with `key` when it is next written.
   * @default none
   */
  previousKeys?: readonly StoreKey[] | undefined
}

// NIST SP 800-38D §8.2.2: random, 96 bits, a new one for each write.
const ivLength = 12

/**
 * Encrypts the tokens that another store keeps: AES-GCM, each bound to its record, so that it cannot be moved to another
 * user's key or put back in the place of a later one unnoticed by its id. What is not secret (key, id, epoch, expiry)
 * stays readable. A record that does not decrypt is a miss, and so is one that is not encrypted. Locks and
 * subscriptions are those of the other store.
 * @throws ConfigurationError where a key is of no use for it
 */
export function encryptedStore(store: TokenStore, { key, previousKeys = [] }: EncryptedStoreOptions): TokenStore {
  checkKey('key', key, 'encrypt')
  checkKey('key', key, 'decrypt')
  const keys = [key, ...previousKeys]
  for (const previous of previousKeys) checkKey('previousKeys', previous, 'decrypt')
  return {
    async get(name) {
      const record = await store.get(name)
      return record && open(record, keys)
    },
    async set(name, record) {
      await store.set(name, await seal(record, key))
    },
    delete: (name) => store.delete(name),
    ...(store.lock && { lock: store.lock.bind(store) as NonNullable<TokenStore['lock']> }),
    ...(store.subscribe && { subscribe: store.subscribe.bind(store) }),
  }
}

async function seal({ token, ...record }: TokenRecord, key: StoreKey): Promise<TokenRecord> {
  if (!token) return record
  const iv = crypto.getRandomValues(new Uint8Array(ivLength))
  const text = new TextEncoder().encode(JSON.stringify(token))
  try {
    const encrypted = await crypto.subtle.encrypt({ name: 'AES-GCM', iv, additionalData: bindingOf(record) }, key, text)
    return { ...record, sealed: toBase64(new Uint8Array([...iv, ...new Uint8Array(encrypted)])) }
  } catch (error) {
    throw asStoreError(error, 'The token could not be encrypted.')
  }
}

async function open(stored: TokenRecord, keys: readonly StoreKey[]): Promise<TokenRecord | undefined> {
  const { sealed, token: plain, ...record } = stored
  // Of a later version of this package: the caller sees that, and leaves it alone.
  if (typeof record.version === 'number' && record.version > 1) return stored
  // A tombstone holds no secret. A token that anybody may have put there is none of ours.
  if (sealed === undefined) return plain === undefined ? record : undefined
  for (const key of keys) {
    const token = await unseal(sealed, record, key)
    if (token) return { ...record, token }
  }
  return undefined
}

async function unseal(sealed: string, record: TokenRecord, key: StoreKey): Promise<Token | undefined> {
  try {
    const bytes = fromBase64(sealed)
    const algorithm = { name: 'AES-GCM', iv: bytes.subarray(0, ivLength), additionalData: bindingOf(record) }
    const text = await crypto.subtle.decrypt(algorithm, key, bytes.subarray(ivLength))
    return JSON.parse(new TextDecoder().decode(text)) as Token
  } catch {
    return undefined
  }
}

/** What a token is bound to: it decrypts in this record and in no other. */
function bindingOf({ version, key, id, epoch, expiresAt }: TokenRecord): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(JSON.stringify([version, key, id, epoch, expiresAt ?? null]))
}

function checkKey(option: string, key: StoreKey, usage: KeyUsage): void {
  if (key?.algorithm?.name === 'AES-GCM' && key.usages.includes(usage)) return
  throw new ConfigurationError(option, `has to be a CryptoKey for AES-GCM that may ${usage}, such as loadStoreKey() resolves with.`)
}

const toBase64 = (bytes: Uint8Array): string => btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''))
const fromBase64 = (text: string): Uint8Array<ArrayBuffer> => Uint8Array.from(atob(text), (character) => character.charCodeAt(0))
