// A service worker that calls the API with the token that the page's sign-in has left in IndexedDB: for itself, and for the page.
import { authorizationCode, indexedDbStore, isTokenwellError, oauth2, TokenManager } from '../../../src/index.ts'

// A listener for `fetch` has to be there at once: what it needs stands in the worker's own address.
const { clientId, issuer, tokenUrl, authorizationUrl, profileUrl } = JSON.parse(new URL(location.href).searchParams.get('client') ?? '{}')
const preset = oauth2({ issuer, authorizationUrl, tokenUrl, apiUrl: issuer, clientId, grant: authorizationCode({ clientId }) })
const tokens = new TokenManager({ ...preset, store: indexedDbStore() })

interface FetchEvent extends Event {
  readonly request: Request
  respondWith(response: Promise<Response>): void
}

addEventListener('activate', () => {
  // Also of the page that has registered it.
  void (globalThis as unknown as { clients: { claim(): Promise<void> } }).clients.claim()
})

addEventListener('fetch', (event) => {
  const { request, respondWith } = event as FetchEvent
  const isForApi = request.mode !== 'navigate' && request.url !== tokenUrl && new URL(request.url).origin === issuer
  if (isForApi) respondWith.call(event, tokens.fetch(request).catch(answerSignedOut))
})

/** A rejection would reach the page as a network that is down. */
function answerSignedOut(error: unknown): Response {
  if (isTokenwellError(error) && error.code === 'sign_in_required') return new Response(null, { status: 401 })
  throw error
}

addEventListener('message', (event) => {
  const { ports } = event as MessageEvent
  const answer = async (): Promise<unknown> => {
    const before = await (await tokens.fetch(profileUrl)).json()
    await tokens.getToken({ forceRenewal: true })
    return { before, after: await (await tokens.fetch(profileUrl)).json(), isPage: 'document' in globalThis }
  }
  answer()
    .catch((error: Error) => ({ failed: error.name }))
    .then((result) => ports[0]?.postMessage(result))
})
