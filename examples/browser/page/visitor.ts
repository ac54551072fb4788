import { authorizationCode, type Grant, oauth2, TokenManager, webStorageStore } from 'tokenwell'
import { completeSignIn, createAuthorizationUrl } from 'tokenwell/sign-in'
import type { PageConfig } from '../shared/messages.ts'

export interface Profile {
  sub: string
  name?: string
}

/** A public client in the page. It has no secret; PKCE ties a sign-in to this tab, and the web store shares its token with all tabs. */
export class Visitor {
  readonly tokens: TokenManager
  readonly #config: PageConfig['visitor']

  private constructor(config: PageConfig['visitor'], grant: Grant) {
    this.#config = config
    this.tokens = new TokenManager({ provider: describeProvider(config), grant, store: webStorageStore() })
  }

  /**
   * Whoever comes back from signing in, else whoever is signed in here already. A sign-in that did not succeed is told
   * by `notice`.
   */
  static async arrive(config: PageConfig['visitor']): Promise<{ visitor: Visitor; notice?: string }> {
    const { clientId, redirectUri } = config
    const earlier = authorizationCode({ clientId })
    const { searchParams } = new URL(location.href)
    if (!searchParams.has('code') && !searchParams.has('error')) return { visitor: new Visitor(config, earlier) }
    try {
      const { grant } = await completeSignIn({ provider: describeProvider(config), clientId, redirectUri })
      return { visitor: new Visitor(config, grant) }
    } catch (error) {
      return { visitor: new Visitor(config, earlier), notice: (error as Error).message }
    }
  }

  async signIn(): Promise<void> {
    const { clientId, redirectUri, scope } = this.#config
    // It asks each time, also whom it still knows: signing out here has not signed out there.
    const parameters = { prompt: 'login' }
    const url = await createAuthorizationUrl({ provider: describeProvider(this.#config), clientId, redirectUri, scope, parameters })
    location.assign(url)
  }

  /** Who is signed in. Rejects with a SignInRequiredError where nobody is. */
  fetchProfile(): Promise<Response> {
    return this.tokens.fetch(this.#config.profileUrl)
  }

  /** Forgets the token, in all tabs. */
  signOut(): Promise<void> {
    return this.tokens.clear()
  }
}

function describeProvider({ issuer, authorizationUrl, tokenUrl, clientId }: PageConfig['visitor']) {
  return oauth2({ issuer, authorizationUrl, tokenUrl, apiUrl: issuer, clientId, grant: authorizationCode({ clientId }) }).provider
}
