import { onTestFinished, vi } from 'vitest'
import {
  type AuthorizationUrlOptions,
  type CompleteSignInOptions,
  completeSignIn,
  createAuthorizationUrl,
} from '../../../src/sign-in/sign-in.ts'
import type { SignInStorage } from '../../../src/sign-in/sign-in-storage.ts'
import { createFakeClock, type FakeClock } from '../../../src/testing/fake-clock.ts'
import type { Provider } from '../../../src/vocabulary/provider.ts'
import { testProvider } from '../test-provider.ts'

export const clientId = 'client'
export const redirectUri = 'https://app.example.com/callback'
export const authorizationUrl = 'https://auth.example.com/authorize'
export const code = 'SplxlOBeZQQYbYS6WxSbIA'

export interface SignInOfTest {
  readonly clock: FakeClock
  readonly items: Map<string, string>
  readonly storage: SignInStorage
  readonly client: { provider: Provider; clientId: string; redirectUri: string; now: () => number }
  begin(options?: Partial<AuthorizationUrlOptions>): Promise<URL>
  complete(url: string | URL, options?: Partial<CompleteSignInOptions>): ReturnType<typeof completeSignIn>
}

/** A client that signs in with a storage of its own, and a clock that stands still. */
export function createSignIn(changes: Partial<Provider> = {}, storage?: SignInStorage): SignInOfTest {
  const clock = createFakeClock()
  const items = new Map<string, string>()
  const own = storage ?? createMapStorage(items)
  const client = { provider: testProvider({ authorizationUrl, ...changes }), clientId, redirectUri, now: clock.now }
  return {
    clock,
    items,
    storage: own,
    client,
    begin: (options) => createAuthorizationUrl({ ...client, storage: own, ...options }),
    complete: (url, options) => completeSignIn({ ...client, storage: own, url, ...options }),
  }
}

/** What a server would keep for one user's session: it cannot be listed. */
export function createMapStorage(items: Map<string, string>): SignInStorage {
  return {
    getItem: (key) => items.get(key),
    setItem: (key, value) => void items.set(key, value),
    removeItem: (key) => void items.delete(key),
  }
}

/** The state of an authorization URL, or of a response. */
export function stateOf(url: URL): string {
  return url.searchParams.get('state') ?? ''
}

/** Where the authorization server sends the user back to: a code for this authorization URL, with these parameters changed. */
export function responseTo(url: URL, changes: Record<string, string | undefined> = {}, at = redirectUri): URL {
  const response = new URL(at)
  for (const [name, value] of Object.entries({ code, state: stateOf(url), ...changes })) {
    if (value !== undefined) response.searchParams.set(name, value)
  }
  return response
}

export interface StubbedPage {
  /** What stands in the address bar. */
  readonly location: { href: string }
  readonly history: History & { state: unknown; replaceState: ReturnType<typeof vi.fn> }
}

/** Makes this process a page at this address until the test has finished; `sessionStorage` throws where there is none. */
export function stubPage(href: string, { storage, replaceState }: { storage?: unknown; replaceState?: () => void } = {}): StubbedPage {
  const location = { href }
  const history = {
    state: { scroll: 7 },
    replaceState: vi.fn((_state: unknown, _title: string, url: string) => {
      replaceState?.()
      location.href = new URL(url, location.href).href
    }),
  }
  vi.stubGlobal('document', {})
  vi.stubGlobal('location', location)
  vi.stubGlobal('history', history)
  stubSessionStorage(storage)
  onTestFinished(() => void vi.unstubAllGlobals())
  return { location, history } as unknown as StubbedPage
}

function stubSessionStorage(storage: unknown): void {
  const before = Object.getOwnPropertyDescriptor(globalThis, 'sessionStorage')
  const get = (): unknown => {
    if (storage === undefined) throw new DOMException('The operation is insecure.', 'SecurityError')
    return storage
  }
  Object.defineProperty(globalThis, 'sessionStorage', { get, configurable: true })
  onTestFinished(() => {
    Reflect.deleteProperty(globalThis, 'sessionStorage')
    if (before) Object.defineProperty(globalThis, 'sessionStorage', before)
  })
}
