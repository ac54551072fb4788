import { describe, it } from 'vitest'
import { memoryStore } from '../../src/stores/memory.ts'
import { type CreateStores, tokenStoreContract } from '../../src/testing/testing.ts'

// A new store costs one row: two contexts over one new place.
const stores: [string, CreateStores][] = [
  [
    'memoryStore',
    () => {
      const store = memoryStore()
      return [store, store]
    },
  ],
]

describe.each(stores)('%s', (_, createStores) => {
  it.each(tokenStoreContract().map(({ name, run }) => ({ name, run })))('$name', ({ run }) => run(createStores))
})
