import type { TokenRecord, TokenStore } from '../../token/token-store.ts'

/**
 * Makes two contexts over one new, empty place: two stores as two tabs or processes would have them. For a store that
 * is private to its context, the same store twice.
 */
export type CreateStores = () => readonly [TokenStore, TokenStore] | Promise<readonly [TokenStore, TokenStore]>

/** One promise of the `TokenStore` interface. */
export interface StoreContractCase {
  readonly name: string
  /** The optional method that it is about. The case passes where a store does not have it. */
  readonly about?: 'lock' | 'subscribe'
  /** Rejects when the promise is broken. Takes up to some seconds of real time. */
  run(createStores: CreateStores): Promise<void>
}

/** A record for tests, with a token in it. */
export function createContractRecord(key: string, accessToken: string): TokenRecord {
  return {
    version: 1,
    key,
    id: `id-of-${accessToken}`,
    epoch: 'epoch-1',
    expiresAt: 4_102_444_800_000,
    token: { accessToken, tokenType: 'Bearer', issuedAt: 4_102_441_200_000, expiresAt: 4_102_444_800_000, scope: ['read', 'write'] },
  }
}

/** Fails a case with a sentence. */
export function expectThat(condition: boolean, sentence: string): asserts condition {
  if (!condition) throw new Error(`Contract of TokenStore: ${sentence}`)
}
