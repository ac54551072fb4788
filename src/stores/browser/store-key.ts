import { nonEmptyString, readFields } from '../../base/check.ts'
import type { StoreKey } from '../encrypted.ts'
import { asStoreError, storeFailed } from '../store-error.ts'
import { IdbConnection } from './idb-connection.ts'

/** Options of `loadStoreKey()`. */
export interface LoadStoreKeyOptions {
  /** Tells keys of one origin apart. @default 'default' */
  name?: string | undefined
}

/**
 * The key for `encryptedStore`: AES-GCM with 256 bits, made once for each name and kept in this browser's IndexedDB.
 * It cannot be exported: a script can use it while it runs in the page, and nobody can take it away. Tabs and workers
 * that call this at the same time get the same key. Where the browser forgets it, so are the tokens under it.
 * @throws TokenStoreError without WebCrypto (pages without TLS), or where IndexedDB does not keep it; ConfigurationError
 * where an option is unknown or wrong
 */
export async function loadStoreKey(options: LoadStoreKeyOptions = {}): Promise<StoreKey> {
  const { name = 'default' } = readFields('options', options, { name: nonEmptyString })
  if (!globalThis.crypto?.subtle) throw keyError('there is no WebCrypto here: serve the page over https:, or from localhost.')
  if (!findIndexedDb()) throw keyError('there is no IndexedDB here: bring a CryptoKey of your own.')
  const connection = new IdbConnection('tokenwell-keys', 'keys')
  try {
    const found = await connection.run('readonly', (keys) => keys.get(name))
    if (isStoreKey(found)) return found
    // Before the transaction: one that waits for anything but itself ends.
    const made = await crypto.subtle.generateKey({ name: 'AES-GCM', length: 256 }, false, ['encrypt', 'decrypt'])
    return await connection.run('readwrite', (keys) => keepFirst(keys, name, made))
  } catch (error) {
    throw asStoreError(error, keyMessage('IndexedDB does not keep it here: bring a CryptoKey of your own.'))
  } finally {
    connection.close()
  }
}

/** Look and write are one transaction: of two tabs that have made a key, both use the one that came first. */
function keepFirst(keys: IDBObjectStore, name: string, made: CryptoKey): Promise<StoreKey> {
  return new Promise((resolve, reject) => {
    const request = keys.get(name)
    request.addEventListener('error', () => reject(request.error))
    request.addEventListener('success', () => {
      if (isStoreKey(request.result)) return resolve(request.result)
      keys.put(made, name)
      resolve(made)
    })
  })
}

function isStoreKey(value: unknown): value is CryptoKey {
  return value instanceof CryptoKey && value.algorithm.name === 'AES-GCM'
}

function findIndexedDb(): IDBFactory | undefined {
  try {
    return globalThis.indexedDB
  } catch {
    // Blocked: the getter throws.
    return undefined
  }
}

const keyMessage = (what: string) => `The key of the store cannot be kept: ${what}`
const keyError = (what: string) => storeFailed(keyMessage(what))
