// What runs in each tab: it uses a token all the time, and reports what it did not get.
import {
  encryptedStore,
  indexedDbStore,
  loadStoreKey,
  oauth2,
  refreshToken,
  TokenManager,
  type TokenStore,
  webStorageStore,
} from '../../../src/index.ts'

const query = new URLSearchParams(location.search)
const tab = query.get('tab') ?? ''
const post = (path: string, body: string) => fetch(path, { method: 'POST', body, keepalive: true })

/** The control: lock, re-read, write before the release, and no more. */
const plainStore = (): TokenStore => ({
  get: async (key) => JSON.parse(localStorage.getItem(key) ?? 'null') ?? undefined,
  set: async (key, record) => localStorage.setItem(key, JSON.stringify(record)),
  delete: async (key) => localStorage.removeItem(key),
  lock: (key, task, { waitMs }) => navigator.locks.request(key, { signal: AbortSignal.timeout(waitMs) }, task) as never,
})

const makeStore = async () => {
  switch (query.get('store')) {
    case 'plain':
      return plainStore()
    case 'indexedDb':
      return indexedDbStore()
    case 'encrypted':
      return encryptedStore(webStorageStore(), { key: await loadStoreKey() })
    default:
      return webStorageStore()
  }
}

// The clock of all tabs goes on by more than a token lives, at the same moments.
const expireEveryMs = Number(query.get('expireEveryMs'))
const startedAt = Number(query.get('startedAt'))
const expiries = () => (expireEveryMs > 0 ? Math.floor((Date.now() - startedAt) / expireEveryMs) : 0)
const tokens = new TokenManager({
  now: () => Date.now() + expiries() * 7_200_000,
  ...oauth2({
    tokenUrl: `${location.origin}/token`,
    apiUrl: `${location.origin}/api/`,
    clientId: 'id',
    grant: refreshToken({ clientId: 'id', refreshToken: query.get('refreshToken') ?? '' }),
  }),
  subject: 'user',
  store: await makeStore(),
  // The server wants to know who asks, and since when: on a busy machine a request takes a second to arrive.
  fetch: (input, init) => {
    const request = new Request(input, init)
    request.headers.set('x-tab', tab)
    request.headers.set('x-sent-at', String(Date.now()))
    return fetch(request)
  },
})
for (const event of ['acquired', 'renewed', 'adopted', 'degraded', 'signInRequired'] as const) {
  tokens.on(event, () => void post('/report', event))
}
tokens.on('failed', ({ code, error }) => void post('/report', `failed ${code} ${error ?? ''}`))

document.title = `tab ${tab}`
for (;;) {
  if (expireEveryMs > 0) await sleep(expireEveryMs - ((Date.now() - startedAt) % expireEveryMs))
  const askedAt = performance.now()
  await tokens.getToken().then(
    () => post('/report', `got ${Math.round(performance.now() - askedAt)}`),
    (error: Error & { code?: string }) => post('/report', `error ${error.name} ${error.code ?? ''}`),
  )
  await sleep(expireEveryMs > 0 ? 1 : 100)
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
