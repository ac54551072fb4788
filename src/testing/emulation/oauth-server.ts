import type { EmulatedSystem } from './emulated-system.ts'
import type { IssuedToken, Presentation } from './token-ledger.ts'

/**
 * The OAuth server library under Camdram (and, by its token shapes, under Musement): what it answers, in its own words
 * and its own order. The vendors' documents show no errors, so that both flavours have these.
 */

export type Parameters = Readonly<Record<string, string>>

/** An application that is registered at the server. */
export interface OAuthClient {
  readonly clientId: string
  readonly clientSecret: string
  readonly grantTypes: readonly string[]
}

/** What a server makes of the library. */
export interface OAuthServer {
  /** The applications as they are now. */
  clients(): readonly OAuthClient[]
  /**
   * The scope that a token gets, or `undefined` where that is refused. `held` is the scope of what is presented, and
   * `undefined` for grants that have none.
   */
  chooseScope(asked: string | undefined, held: string | null | undefined): string | null | undefined
  issuesRefreshToken(client: OAuthClient, grantType: string): boolean
  createTokenText(): string
  isUser?(username: string, password: string): boolean
  /** Whether one code or refresh token is taken from several requests that come together. */
  readonly isAtomic: boolean
}

/** A token request, read. */
export interface OAuthRequest {
  readonly parameters: Parameters
  /** The words after `Basic`, decoded: they count before the parameters. */
  readonly basic?: { readonly clientId: string; readonly clientSecret: string } | undefined
  readonly arrivedAt: number
}

interface Granted {
  readonly scope?: string | null | undefined
  /** The code or refresh token that is used up, once a token is issued. */
  readonly uses?: string
  readonly from?: IssuedToken
}

/** Which scopes the library gives: those asked for, where they are among the ones that there are. */
export function chooseKnownScope(known: string | undefined): OAuthServer['chooseScope'] {
  return (asked, held) => {
    const available = held === undefined ? (known ?? null) : held
    if (!asked) return available
    const scopes = available?.split(' ') ?? []
    return asked.split(' ').every((scope) => scopes.includes(scope)) ? asked : undefined
  }
}

/** Answers a request at the token endpoint. A refusal uses nothing up. */
export function grantAccessToken<Credentials>(system: EmulatedSystem<Credentials>, server: OAuthServer, request: OAuthRequest): Response {
  const { parameters, basic } = request
  const grantType = parameters['grant_type'] ?? ''
  if (!/^(authorization_code|client_credentials|password|refresh_token)$/.test(grantType)) {
    return refuseTokenRequest('invalid_request', 'Invalid grant_type parameter or parameter missing')
  }
  const { clientId, clientSecret } = basic ?? { clientId: parameters['client_id'], clientSecret: parameters['client_secret'] }
  if (!clientId) return refuseTokenRequest('invalid_client', 'Client id was not found in the headers or body')
  const client = server.clients().find((known) => known.clientId === clientId && known.clientSecret === clientSecret)
  // The library answers 400, where RFC 6749 §5.2 would have 401 after HTTP Basic.
  if (!client) return refuseTokenRequest('invalid_client', 'The client credentials are invalid')
  if (!client.grantTypes.includes(grantType)) {
    return refuseTokenRequest('unauthorized_client', 'The grant type is unauthorized for this client_id')
  }
  const granted = checkGrant(system, server, { ...request, client, grantType })
  if (granted instanceof Response) return granted
  const scope = server.chooseScope(parameters['scope'], granted.scope)
  if (scope === undefined) return refuseTokenRequest('invalid_scope', 'An unsupported scope was requested.')
  const token = issueToken(system, server, { client, grantType, scope, from: granted.from })
  if (granted.uses) system.ledger.useUp(granted.uses)
  return respond(system, token)
}

type CheckedRequest = OAuthRequest & { readonly client: OAuthClient; readonly grantType: string }

function checkGrant(
  { ledger }: Pick<EmulatedSystem<unknown>, 'ledger'>,
  server: OAuthServer,
  { parameters, client, grantType, arrivedAt }: CheckedRequest,
): Granted | Response {
  // As it was seen: of six parallel refreshes with one token four succeeded, of four parallel codes three.
  const together = (atMost: number): Presentation => ({ arrivedAt, atMost: server.isAtomic ? 1 : atMost })
  switch (grantType) {
    case 'authorization_code':
      return checkCode(parameters, client, (code) => ledger.findCode(code, together(3)))
    case 'refresh_token':
      return checkRefreshToken(parameters, client, (refreshToken) => ledger.findRefreshToken(refreshToken, together(4)))
    case 'password':
      return checkUser(parameters, server)
    default:
      return {}
  }
}

function checkCode(
  { code, redirect_uri }: Parameters,
  { clientId }: OAuthClient,
  find: EmulatedSystem<unknown>['ledger']['findCode'],
): Granted | Response {
  if (!code) return refuseTokenRequest('invalid_request', 'Missing parameter. "code" is required')
  if (!redirect_uri) return refuseTokenRequest('invalid_request', 'The redirect URI parameter is required.')
  const { state, code: found } = find(code)
  if (found?.clientId !== clientId || state === 'used') {
    return refuseTokenRequest('invalid_grant', "Code doesn't exist or is invalid for the client")
  }
  if (!isRedirectTo(redirect_uri, found.redirectUri)) {
    return refuseTokenRequest('redirect_uri_mismatch', 'The redirect URI is missing or do not match')
  }
  if (state !== 'valid') return refuseTokenRequest('invalid_grant', 'The authorization code has expired')
  return { scope: found.scope, uses: code }
}

function checkRefreshToken(
  { refresh_token }: Parameters,
  { clientId }: OAuthClient,
  find: EmulatedSystem<unknown>['ledger']['findRefreshToken'],
): Granted | Response {
  if (!refresh_token) return refuseTokenRequest('invalid_request', 'No "refresh_token" parameter found')
  const { state, token } = find(refresh_token)
  if (state === 'expired' && token?.clientId === clientId) return refuseTokenRequest('invalid_grant', 'Refresh token has expired')
  if (state !== 'valid' || token?.clientId !== clientId) return refuseTokenRequest('invalid_grant', 'Invalid refresh token')
  return { scope: token.scope ?? null, uses: refresh_token, from: token }
}

function checkUser({ username, password }: Parameters, { isUser }: OAuthServer): Granted | Response {
  if (!username || !password) return refuseTokenRequest('invalid_request', 'Missing parameters. "username" and "password" required')
  return isUser?.(username, password) ? {} : refuseTokenRequest('invalid_grant', 'Invalid username and password combination')
}

/** By a prefix, whatever the case: an address below a registered one passes, and so does a longer name of its last part. */
export function isRedirectTo(address: string, registered: string): boolean {
  if (/\/\.\.?(\/|$)/.test(decodePath(address))) return false
  return address.slice(0, registered.length).toLowerCase() === registered.toLowerCase()
}

function decodePath(address: string): string {
  try {
    return decodeURIComponent(/^[^?#]*/.exec(address)?.[0] ?? '')
  } catch {
    return '/..'
  }
}

function issueToken(
  { now, random, times, ledger }: EmulatedSystem<unknown>,
  server: OAuthServer,
  { client, grantType, scope, from }: { client: OAuthClient; grantType: string; scope: string | null; from: IssuedToken | undefined },
): IssuedToken {
  const isRefreshable = server.issuesRefreshToken(client, from?.grantType ?? grantType)
  return ledger.record({
    accessToken: server.createTokenText(),
    expiresAt: now() + times.lifetimeMs,
    ...(isRefreshable ? { refreshToken: server.createTokenText(), refreshExpiresAt: now() + times.refreshLifetimeMs } : {}),
    clientId: client.clientId,
    grantType: from?.grantType ?? grantType,
    scope,
    chainStartedAt: from?.chainStartedAt ?? now(),
    family: from?.family ?? random.uuid(),
  })
}

function respond({ times }: Pick<EmulatedSystem<unknown>, 'times'>, { accessToken, refreshToken, scope }: IssuedToken): Response {
  return Response.json({
    access_token: accessToken,
    expires_in: times.lifetimeMs / 1000,
    token_type: 'bearer',
    scope,
    ...(refreshToken ? { refresh_token: refreshToken } : {}),
  })
}

/** An error of the token endpoint (RFC 6749 §5.2). */
export function refuseTokenRequest(error: string, description: string, status = 400): Response {
  return Response.json({ error, error_description: description }, { status })
}

/** What an API call that carries this token gets: `undefined` where the token is good. */
export function rejectToken({ ledger }: Pick<EmulatedSystem<unknown>, 'ledger'>, text: string | undefined): Response | undefined {
  if (!text) return rejectCall('access_denied', 'OAuth2 authentication required')
  const { state } = ledger.findAccessToken(text)
  if (state === 'valid') return undefined
  // The library says `invalid_grant` where RFC 6750 §3.1 has `invalid_token`.
  return rejectCall('invalid_grant', `The access token provided ${state === 'expired' ? 'has expired' : 'is invalid'}.`)
}

export function rejectCall(error: string, description: string, status = 401): Response {
  const challenge = `Bearer realm="Service", error="${error}", error_description="${description}"`
  return Response.json({ error, error_description: description }, { status, headers: { 'www-authenticate': challenge } })
}

/** The token of an `Authorization` header. The scheme is compared to the letter: `bearer` is not understood. */
export function readBearerToken(request: Request): string | undefined {
  return /^Bearer ([^ ]+)$/.exec(request.headers.get('authorization') ?? '')?.[1]
}
