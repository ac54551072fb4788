import { createRequire } from 'node:module'
import { join } from 'node:path'
import { afterEach, expect, it, vi } from 'vitest'
import { authorizationCode } from '../../src/grants/authorization-code.ts'
import { TokenManager } from '../../src/manager/token-manager.ts'
import { completeSignIn, createAuthorizationUrl } from '../../src/sign-in/sign-in.ts'
import { memoryStore } from '../../src/stores/memory.ts'
import { testProvider } from '../support/test-provider.ts'
import { installed } from './program.ts'

interface Router {
  readonly state: {
    readonly location: { pathname: string; search: string }
    readonly errors: unknown
    readonly navigation: { state: string }
  }
  dispose(): void
}
const { createMemoryRouter, replace } = createRequire(join(installed, 'here.js'))('react-router') as {
  createMemoryRouter(routes: readonly object[], options: { initialEntries: string[] }): Router
  replace(url: string): Response
}

afterEach(() => void vi.unstubAllGlobals())

const origin = 'https://app.example.com'
const signIn = {
  provider: testProvider({ authorizationUrl: 'https://auth.example.com/authorize' }),
  clientId: 'page',
  redirectUri: `${origin}/signed-in`,
}

/** A page, as far as signing in needs one. */
function stubPage(): { go(path: string): void } {
  const items = new Map<string, string>()
  const location = new URL(origin)
  vi.stubGlobal('document', {})
  vi.stubGlobal('location', location)
  vi.stubGlobal('history', {
    state: null,
    replaceState: (_: unknown, __: string, href: string) => {
      location.href = new URL(href, origin).href
    },
  })
  vi.stubGlobal('sessionStorage', {
    get length() {
      return items.size
    },
    key: (index: number) => [...items.keys()][index] ?? null,
    getItem: (key: string) => items.get(key) ?? null,
    setItem: (key: string, value: string) => void items.set(key, value),
    removeItem: (key: string) => void items.delete(key),
  })
  return {
    go: (path) => {
      location.href = `${origin}${path}`
    },
  }
}

/** Comes back from the authorization server, and gives the router once it has arrived somewhere. */
async function comeBack(loader: (requests: string[]) => Promise<unknown>): Promise<{ router: Router; requests: string[] }> {
  const page = stubPage()
  const url = await createAuthorizationUrl({ ...signIn, returnTo: '/shows?page=2' })
  const response = `/signed-in?code=Canary6Code&state=${url.searchParams.get('state')}`
  page.go(response)
  const requests: string[] = []
  const routes = [
    { path: '/signed-in', loader: () => loader(requests), element: null },
    { path: '/*', element: null },
  ]
  const router = createMemoryRouter(routes, { initialEntries: [response] })
  await vi.waitUntil(() => router.state.navigation.state === 'idle' && requests.length > 0, 5_000)
  await new Promise((resolve) => setTimeout(resolve, 20))
  router.dispose()
  return { router, requests }
}

const exchange = async (requests: string[]): Promise<string> => {
  const { grant, returnTo } = await completeSignIn(signIn)
  const fetch: typeof globalThis.fetch = async (_, init) => {
    requests.push(String(init?.body))
    return Response.json({ access_token: 'a', token_type: 'bearer', expires_in: 3600, refresh_token: 'r' })
  }
  const tokens = new TokenManager({ provider: signIn.provider, grant, store: memoryStore(), fetch })
  await tokens.getToken()
  tokens.dispose()
  return returnTo
}

it('a loader that completes the sign-in and lets the router go on → the code is exchanged at once, and the route is that of returnTo', async () => {
  const { router, requests } = await comeBack(async (sent) => replace(await exchange(sent)))
  expect(requests).toEqual([expect.stringContaining('code=Canary6Code')])
  expect(router.state.errors).toBeNull()
  expect(router.state.location).toMatchObject({ pathname: '/shows', search: '?page=2' })
  expect(location.href).not.toContain('Canary6Code')
})

it('a loader that changes the address behind its back → the old route stays', async () => {
  const { router } = await comeBack(async (sent) => {
    history.replaceState(null, '', await exchange(sent))
    return null
  })
  expect(router.state.location.pathname).toBe('/signed-in')
  expect(location.pathname).toBe('/shows')
})

it('a manager without a code, as after a reload → has no grant of its own, and asks for nothing', async () => {
  const fetch = vi.fn<typeof globalThis.fetch>()
  const tokens = new TokenManager({
    provider: signIn.provider,
    grant: authorizationCode({ clientId: 'page' }),
    store: memoryStore(),
    fetch,
  })
  await expect(tokens.getToken()).rejects.toMatchObject({ code: 'sign_in_required' })
  expect(fetch).not.toHaveBeenCalled()
  tokens.dispose()
})
