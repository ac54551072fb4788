import { toHex } from '../base/hex.ts'
import type { Grant } from './grant.ts'
import type { Provider, RenewalProfile, TokenRequestProfile } from './provider.ts'
import { listScopes } from './scope.ts'
import { resolveSecret } from './secret.ts'

type FieldOf<T> = T extends unknown ? keyof T : never

// A field is part of the key unless it stands in one of these lists: it does not reach the token endpoint, is secret, has a
// place of its own in the key, or says how the endpoint is asked and not as whom. (A preset that learns a better way to ask
// must sign nobody out.)
const besideProvider: readonly FieldOf<Provider>[] = [
  'name',
  'tokenUrl',
  'apiUrl',
  'authorizationUrl',
  'deviceAuthorizationUrl',
  'issuer',
  'issuerInResponse',
  'tokenResponse',
  'authorization',
  'isRejection',
  'apiOrigins',
  'revocation',
]
const besideRequest: readonly FieldOf<TokenRequestProfile>[] = [
  'method',
  'encoding',
  'queryParameters',
  'scopeParameter',
  'scopeSeparator',
  'transformSecret',
  'credentials',
]
const besideRenewal: readonly FieldOf<RenewalProfile>[] = ['by', 'refreshLifetimeMs', 'windowMs', 'windowFrom']
const besideGrant: readonly FieldOf<Grant>[] = [
  'grantType',
  'clientId',
  'parameters',
  'scope',
  'identifiedBy',
  'clientSecret',
  'secretParameters',
  'needsSubject',
  'oneTime',
  'received',
  'usesUp',
]

/**
 * The key under which a store keeps a token: the canonical JSON of whose token it is. Distinct identities never
 * collide, permuted scopes and parameters do not differ, and no secret is in it: what may be one stands there as a SHA-256.
 * @returns `undefined` where that takes a hash, and there is no WebCrypto (pages without TLS): such a token cannot be shared
 */
export async function buildTokenKey(provider: Provider, grant: Grant, subject?: string): Promise<string | undefined> {
  const { clientId, grantType, identifiedBy, oneTime, parameters, scope } = grant
  const { origin, pathname } = new URL(provider.tokenUrl)
  // A refresh token identifies its holder only where nobody said who that is.
  const secret = grantType === 'refresh_token' && subject !== undefined ? undefined : identifiedBy
  const asked = readAsked(provider, grant)
  const isHashed = secret !== undefined || toJson(asked) !== '{}'
  if (isHashed && !globalThis.crypto?.subtle) return undefined
  return `tokenwell:2:${toJson({
    client: clientId && (await resolveSecret('clientId', clientId)),
    grant: grantType,
    hash: isHashed ? await sha256(toJson({ ...asked, secret: secret && (await resolveSecret('grant', secret)) })) : undefined,
    parameters: oneTime ? undefined : parameters,
    provider: provider.name,
    scopes: listScopes(scope).sort(),
    subject,
    tokenUrl: origin + pathname,
  })}`
}

/**
 * Whether the grant and the profile say whose token it is. Else the key could be that of another user or tenant as well: they
 * name neither a client nor a user, or a function of the caller makes what tells them apart.
 */
export function isIdentified(provider: Provider, grant: Grant): boolean {
  const { needsSubject, clientId, parameters = {}, identifiedBy, oneTime } = grant
  if (needsSubject || hasFunction([readAsked(provider, grant), parameters])) return false
  return clientId !== undefined || identifiedBy !== undefined || (!oneTime && Object.keys(parameters).length > 0)
}

/** All else that reaches the token endpoint: the audience, the tenant, and whatever an API wants to be told. */
function readAsked(provider: Provider, grant: Grant): object {
  const { headers = {}, tokenRequest, renewal = {}, tokenUrl } = provider
  const { request, ...rest } = renewal as Extract<RenewalProfile, { request?: unknown }>
  const sent = Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value] as const)
  return {
    ...omit(provider, besideProvider),
    grant: omit(grant, besideGrant),
    // The program, its version and its language tell no tenant from another.
    headers: omit(Object.fromEntries(sent.filter(([name]) => !/^(user-agent$|accept)/.test(name))), []),
    query: new URL(tokenUrl).search || undefined,
    renewal: omit({ ...rest, request: readRequest(request) }, besideRenewal),
    tokenRequest: readRequest(tokenRequest),
  }
}

function readRequest(request: TokenRequestProfile = {}): object | undefined {
  const { clientAuthentication } = request
  // The methods that have a name prove the same client, whichever is used, and so do our own assertions.
  const isOther = typeof clientAuthentication === 'function' && !clientAuthentication.provesClientId
  const proof = isOther ? clientAuthentication : undefined
  return omit({ ...request, clientAuthentication: proof }, besideRequest)
}

/** The other fields of an object, or nothing where there are none. */
function omit(value: object, names: readonly string[]): object | undefined {
  const others = Object.entries(value).filter(([name, inner]) => inner !== undefined && !names.includes(name))
  return others.length > 0 ? Object.fromEntries(others) : undefined
}

function hasFunction(value: unknown): boolean {
  return typeof value === 'function' || (typeof value === 'object' && Object.values(value ?? {}).some(hasFunction))
}

/** JSON with its names in alphabetical order at every level. */
function toJson(value: object): string {
  return JSON.stringify(value, (_, inner) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  )
}

async function sha256(text: string): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text))
  return toHex(new Uint8Array(digest))
}
