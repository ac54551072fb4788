import { generateKeyPairSync, randomBytes } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Configuration } from 'oidc-provider'
import type { PageConfig } from '../shared/messages.ts'
import { type ConsentPage, createConsentPage } from './consent-page.ts'
import type { Victim } from './disturb.ts'
import { loadOidcProvider } from './load-oidc-provider.ts'
import { createVisitorStorage } from './visitor-storage.ts'

/** The authorization server of the public client in the page: a real one (oidc-provider), with one visitor who needs no password. */
export interface VisitorServer extends Victim {
  readonly client: PageConfig['visitor']
  /** How many token requests there were so far, with those that met an outage. */
  readonly tokenRequests: number
  /** How long the access tokens live that it issues from now on, in milliseconds. Those of a renewal may live for another time. */
  setLifetime(lifetimeMs: number, renewedMs?: number): void
  /** Makes all that it has issued worthless, refresh tokens too. */
  revokeAll(): void
  close(): Promise<void>
}

const clientId = 'cities-and-cameras'
const visitor = { sub: 'visitor', name: 'Vera Visitor' }
const scope = 'openid profile'

/** `origin` is the page's: only its scripts may ask for tokens (CORS), and only to it are users sent back. */
export async function startVisitorServer({ origin, lifetimeMs }: { origin: string; lifetimeMs: number }): Promise<VisitorServer> {
  const server = createServer()
  const issuer = await new Promise<string>((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve(`http://127.0.0.1:${(server.address() as AddressInfo).port}`))
  })
  const redirectUri = `${origin}/`
  const storage = createVisitorStorage()
  const { Provider } = await loadOidcProvider()
  let lifetimes = { firstMs: lifetimeMs, renewedMs: lifetimeMs }
  const lifetimeOf = (grantType: unknown) => (grantType === 'refresh_token' ? lifetimes.renewedMs : lifetimes.firstMs)
  const configuration = describeServer({ origin, redirectUri, lifetimeOf })
  const provider = new Provider(issuer, { ...configuration, adapter: storage.adapter })
  const callback = provider.callback()
  const consent: ConsentPage = createConsentPage({ provider, visitor, scope, formMayLeadTo: origin })
  let tokenRequests = 0
  let isCutOff = false

  const answer = async (incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> => {
    const { pathname } = new URL(incoming.url ?? '/', issuer)
    if (consent.isMeant(pathname)) return consent.answer(incoming, outgoing)
    if (pathname === '/token' && incoming.method === 'POST') {
      tokenRequests++
      // With CORS headers, as a gateway would send them: else the page could not tell it from a network that is down.
      if (isCutOff) return void outgoing.writeHead(503, { 'access-control-allow-origin': origin }).end()
    }
    await callback(incoming, outgoing)
  }
  server.on('request', (incoming, outgoing) => {
    answer(incoming, outgoing).catch(() => outgoing.destroy())
  })

  return {
    client: {
      clientId,
      scope,
      redirectUri,
      issuer,
      authorizationUrl: `${issuer}/auth`,
      tokenUrl: `${issuer}/token`,
      profileUrl: `${issuer}/me`,
    },
    get tokenRequests() {
      return tokenRequests
    },
    setLifetime(firstMs, renewedMs = firstMs) {
      lifetimes = { firstMs, renewedMs }
    },
    revoke: () => storage.forget('AccessToken'),
    revokeAll() {
      for (const model of ['AccessToken', 'RefreshToken', 'Grant']) storage.forget(model)
    },
    cutOff() {
      isCutOff = true
      return () => {
        isCutOff = false
      }
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

interface ServerDescription {
  origin: string
  redirectUri: string
  /** In milliseconds. */
  lifetimeOf: (grantType: unknown) => number
}

function describeServer({ origin, redirectUri, lifetimeOf }: ServerDescription): Configuration {
  return {
    clients: [
      {
        client_id: clientId,
        // A public client: whoever reads the page could read a secret in it.
        token_endpoint_auth_method: 'none',
        grant_types: ['authorization_code', 'refresh_token'],
        redirect_uris: [redirectUri],
      },
    ],
    clientBasedCORS: (_, from) => from === origin,
    claims: { openid: ['sub'], profile: ['name'] },
    findAccount: (_, accountId) => ({ accountId, claims: () => ({ ...visitor }) }),
    // RFC 9700 §4.14.2: the refresh tokens of public clients rotate.
    issueRefreshToken: () => true,
    rotateRefreshToken: true,
    ttl: {
      AccessToken: ({ oidc }) => lifetimeOf(oidc.params?.['grant_type']) / 1000,
      AuthorizationCode: 60,
      Grant: 86_400,
      IdToken: 3600,
      Interaction: 600,
      RefreshToken: 86_400,
      Session: 86_400,
    },
    jwks: {
      keys: [{ ...generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ format: 'jwk' }), alg: 'RS256', use: 'sig' }],
    },
    cookies: { keys: [randomBytes(32).toString('base64url')] },
    features: { devInteractions: { enabled: false } },
    interactions: { url: (_, { uid }) => `/interaction/${uid}` },
  }
}
