import { encryptedStore, indexedDbStore, loadStoreKey } from '../../src/index.ts'

addEventListener('message', async ({ data: name }) => {
  const store = encryptedStore(indexedDbStore({ name }), { key: await loadStoreKey({ name }) })
  postMessage((await store.get('k'))?.token?.accessToken)
})
