import type { Grant, Scope, Secret } from '../endpoint/grant.ts'
import type { Provider } from '../endpoint/provider.ts'

/** Where a pending sign-in is kept until the user comes back: `sessionStorage` fits, and so does what a server keeps for a session. */
export interface SignInStorage {
  getItem(key: string): string | null | Promise<string | null>
  setItem(key: string, value: string): void | Promise<void>
  removeItem(key: string): void | Promise<void>
}

export interface AuthorizationUrlOptions {
  provider: Provider
  clientId: string
  redirectUri: string
  scope?: Scope
  /** @default '/' */
  returnTo?: string
  /** @default sessionStorage */
  storage?: SignInStorage
}

export async function createAuthorizationUrl(_options: AuthorizationUrlOptions): Promise<URL> {
  throw new Error('Under construction.')
}

export interface CompleteSignInOptions {
  provider: Provider
  clientId: string
  clientSecret?: Secret
  redirectUri: string
  /** @default the page's address */
  url?: string | URL
  /** @default sessionStorage */
  storage?: SignInStorage
}

export async function completeSignIn(_options: CompleteSignInOptions): Promise<{ grant: Grant; returnTo: string }> {
  throw new Error('Under construction.')
}
