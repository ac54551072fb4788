// A service worker that calls the API with the token that the page's sign-in has left in IndexedDB.
import { authorizationCode, indexedDbStore, oauth2, TokenManager } from '../../../src/index.ts'

addEventListener('message', (event) => {
  const { data, ports } = event as MessageEvent
  const { clientId, issuer, tokenUrl, authorizationUrl, profileUrl } = data.client
  const preset = oauth2({ issuer, authorizationUrl, tokenUrl, apiUrl: issuer, clientId, grant: authorizationCode({ clientId }) })
  const tokens = new TokenManager({ ...preset, store: indexedDbStore() })
  const answer = async (): Promise<unknown> => {
    const before = await (await tokens.fetch(profileUrl)).json()
    await tokens.getToken({ forceRenewal: true })
    return { before, after: await (await tokens.fetch(profileUrl)).json(), isPage: 'document' in globalThis }
  }
  answer()
    .catch((error: Error) => ({ failed: error.name }))
    .then((result) => ports[0]?.postMessage(result))
})
