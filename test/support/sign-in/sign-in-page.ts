// The page of the sign-in tests: it completes what comes back to it, and lets the tests look at what became of that.
import type { PageConfig } from '../../../examples/browser/shared/messages.ts'
import { authorizationCode, indexedDbStore, oauth2, type SignInFailedError, TokenManager, webStorageStore } from '../../../src/index.ts'
import { completeSignIn, createAuthorizationUrl } from '../../../src/sign-in/sign-in.ts'

const client = (await (await fetch('/client.json')).json()) as PageConfig['visitor']
const { clientId, redirectUri, scope, issuer, authorizationUrl, tokenUrl, profileUrl } = client
const { provider } = oauth2({ issuer, authorizationUrl, tokenUrl, apiUrl: issuer, clientId, grant: authorizationCode({ clientId }) })

// What a test wants of the next page stands in the tab: it lasts over redirects.
const wants = (name: string): boolean => sessionStorage.getItem(`test:${name}`) === 'yes'
const tenMinutesMs = 600_000
const events: string[] = []

async function arrive() {
  const isRedirectedBack = /[?&](code|state|error|complete)=/.test(location.search)
  if (!isRedirectedBack || wants('hold')) return { grant: authorizationCode({ clientId }) }
  try {
    return await completeSignIn({ provider, clientId, redirectUri, ...(wants('late') && { now: () => Date.now() + tenMinutesMs }) })
  } catch (thrown) {
    const { name, message, error } = thrown as SignInFailedError
    return { grant: authorizationCode({ clientId }), failure: { name, message, error } }
  }
}

const { grant, ...arrived } = await arrive()
const tokens = new TokenManager({ provider, grant, store: wants('indexedDb') ? indexedDbStore() : webStorageStore() })
for (const event of ['acquired', 'renewed', 'adopted', 'signInRequired'] as const) tokens.on(event, () => events.push(event))

async function tell<T>(task: Promise<T>): Promise<T | { failed: string }> {
  try {
    return await task
  } catch (error) {
    return { failed: (error as Error).name }
  }
}

Object.assign(globalThis, {
  page: {
    ...arrived,
    events,
    want: (name: string, isWanted: boolean) => sessionStorage.setItem(`test:${name}`, isWanted ? 'yes' : 'no'),
    /** Leaves for the authorization server, which asks each time. */
    signIn: async (returnTo = '/') => {
      const parameters = { prompt: 'login' }
      location.assign(await createAuthorizationUrl({ provider, clientId, redirectUri, scope, returnTo, parameters }))
    },
    /** The state of a sign-in that another client begins. */
    beginAsAnother: async () => (await createAuthorizationUrl({ provider, clientId: 'another', redirectUri })).searchParams.get('state'),
    pending: () => Object.keys(sessionStorage).filter((key) => key.includes('sign-in')).length,
    profile: () => tell(tokens.fetch(profileUrl).then((response) => response.json())),
    renew: () => tell(tokens.getToken({ forceRenewal: true }).then(() => 'renewed')),
    /** Tells tokens apart. */
    issuedAt: () => tell(tokens.getToken().then(({ issuedAt }) => issuedAt)),
    signOut: () => tokens.clear(),
    profileFromWorker: async () => {
      await navigator.serviceWorker.register(`/worker.js?client=${encodeURIComponent(JSON.stringify(client))}`, { type: 'module' })
      const { active } = await navigator.serviceWorker.ready
      const { port1, port2 } = new MessageChannel()
      const answer = new Promise((resolve) => {
        port1.addEventListener('message', ({ data }) => resolve(data))
        port1.start()
      })
      active?.postMessage('', [port2])
      return answer
    },
    isControlled: () => navigator.serviceWorker.controller !== null,
    /** Without a manager: a plain call, as any library makes it. */
    profileByFetch: async () => {
      const response = await fetch(profileUrl)
      return response.ok ? response.json() : response.status
    },
  },
})
