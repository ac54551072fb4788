import { ConfigurationError } from '../base/errors.ts'
import { wireName } from '../vocabulary/parameter-names.ts'
import type { Provider } from '../vocabulary/provider.ts'
import { joinScopes, type Scope } from '../vocabulary/scope.ts'
import type { SignInBinding } from './sign-in-client.ts'

export interface AuthorizationParameters {
  readonly scope: Scope | undefined
  /** Whatever else the server is to be told. */
  readonly parameters: Readonly<Record<string, string>> | undefined
}

/**
 * The authorization request without what is drawn for each (RFC 6749 §4.1.1): `state` and the code challenge.
 * @throws ConfigurationError where a parameter of the protocol would be there twice, or another one is no text
 */
export function buildAuthorizationUrl(
  { tokenRequest = {} }: Provider,
  { authorizationUrl, clientId, redirectUri }: SignInBinding,
  { scope, parameters = {} }: AuthorizationParameters,
): URL {
  // An API that does without it in token requests cannot do without it here.
  const clientName = wireName(tokenRequest, 'client_id') || 'client_id'
  const scopeName = wireName(tokenRequest, 'scope')
  const reserved = [...protocolParameters, clientName, ...(scopeName ? [scopeName] : [])]
  // RFC 6749 §3.1: The endpoint URI MAY include a query component, which MUST be retained.
  const url = new URL(authorizationUrl)
  for (const name of url.searchParams.keys()) refuse('provider.authorizationUrl', name, reserved)
  if (typeof parameters !== 'object' || parameters === null) throw new ConfigurationError('parameters', 'must be an object')
  for (const [name, value] of Object.entries(parameters)) {
    refuse(`parameters.${name}`, name, reserved)
    if (typeof value !== 'string') throw new ConfigurationError(`parameters.${name}`, 'must be a string')
    url.searchParams.set(name, value)
  }
  url.searchParams.set('response_type', 'code')
  url.searchParams.set(clientName, clientId)
  url.searchParams.set('redirect_uri', redirectUri)
  const scopes = joinScopes(scope, tokenRequest)
  if (scopes && scopeName) url.searchParams.set(scopeName, scopes)
  return url
}

// `request` and `request_uri` (RFC 9101) would take the place of all others; another `response_mode` that of the query.
const protocolParameters = [
  ...['response_type', 'client_id', 'redirect_uri', 'scope', 'state', 'code_challenge', 'code_challenge_method'],
  ...['request', 'request_uri', 'response_mode'],
]

function refuse(option: string, name: string, reserved: readonly string[]): void {
  if (reserved.includes(name)) throw new ConfigurationError(option, `must not set ${name}: signing in does`)
}
