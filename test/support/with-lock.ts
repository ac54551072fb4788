import type { TokenStore } from '../../src/token/token-store.ts'

/** A store with another lock. */
export function withLock(store: TokenStore, lock: NonNullable<TokenStore['lock']>): TokenStore {
  return { get: (key) => store.get(key), set: (key, record) => store.set(key, record), delete: (key) => store.delete(key), lock }
}
