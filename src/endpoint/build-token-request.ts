import { ConfigurationError } from '../base/errors.ts'
import { freezeOwn } from '../base/plain-data.ts'
import { escapeSpaces } from '../base/query.ts'
import { audienceOf } from '../vocabulary/assertion.ts'
import { clientMethod } from '../vocabulary/encoding.ts'
import { wireName } from '../vocabulary/parameter-names.ts'
import type { ClientCredentials, Encoding, TokenRequestMethod, TokenRequestProfile } from '../vocabulary/provider.ts'
import { joinScopes } from '../vocabulary/scope.ts'
import { resolveSecret } from '../vocabulary/secret.ts'
import { createLookup, fillBody, fillHeaders } from '../vocabulary/template.ts'
import { authenticateClient } from './client-authentication.ts'
import type { TimeLeft } from './time-budget.ts'
import type { TokenRequestPlan } from './token-request-plan.ts'

/** A token request, ready to be sent. */
export interface TokenRequest {
  url: string
  method: TokenRequestMethod
  /** A plain object, with names in lower case: every implementation of fetch takes one. */
  headers: Record<string, string>
  body: string | undefined
  credentials?: RequestCredentials | undefined
  /** Everything in it that must not be shown. */
  secrets: string[]
}

export interface BuildOptions {
  readonly encoding: Encoding
  readonly timeLeft: TimeLeft
  /** ms since the epoch. */
  readonly now: number
}

type WireParameters = Record<string, string | number | boolean | readonly string[]>

/**
 * Builds the request of a plan in one of its profile's encodings. Sends nothing; calls only the functions of the profile.
 * @throws TokenNetworkError `function_failed` where one of them throws or hangs
 * @throws ConfigurationError where one of them returns the wrong type, or a header cannot be sent
 */
export async function buildTokenRequest(plan: TokenRequestPlan, { encoding, timeLeft, now }: BuildOptions): Promise<TokenRequest> {
  const { profile, kind } = plan
  const { method = 'POST', queryParameters = [] } = profile
  const parameters = { ...plan.parameters, ...readScope(plan) }
  const client = await transformSecret(plan, parameters, timeLeft)
  const audience = audienceOf(kind.provider)
  const request = Object.freeze({ url: kind.url, method, parameters: Object.freeze(parameters), audience, now })
  const proof = await authenticateClient(clientMethod(profile), client, { request, timeLeft })
  const all: WireParameters = {
    ...toWireNames(profile, { ...parameters, ...proof.parameters }),
    ...proof.wireParameters,
    ...profile.extraParameters,
  }
  const isInQuery = (name: string) => encoding === 'query' || queryParameters.includes(name)
  const split = (inQuery: boolean) => Object.fromEntries(Object.entries(all).filter(([name]) => isInQuery(name) === inQuery))
  const lookup = createLookup({ ...plan.named, ...parameters, client_id: client.clientId, client_secret: client.clientSecret })
  return {
    url: addQuery(kind.url, { ...toWireNames(profile, proof.query), ...split(true) }),
    method,
    headers: buildHeaders([kind.provider.headers, proof.headers, fillHeaders(profile.headers, lookup)], encoding),
    body: profile.body === undefined ? encodeBody(split(false), encoding) : JSON.stringify(fillBody(profile.body, lookup)),
    credentials: profile.credentials,
    secrets: [...plan.secrets, ...proof.secrets, plan.client.clientSecret ?? '', client.clientSecret ?? ''],
  }
}

function encodeBody(parameters: WireParameters, encoding: Encoding): string | undefined {
  if (encoding === 'json') return JSON.stringify(parameters)
  return encoding === 'form' ? new URLSearchParams(toPairs(parameters)).toString() : undefined
}

/** A list repeats its name. */
function toPairs(parameters: WireParameters): [string, string][] {
  return Object.entries(parameters).flatMap(([name, value]) => [value].flat().map((one): [string, string] => [name, String(one)]))
}

function readScope({ scope, profile }: TokenRequestPlan): { scope?: string } {
  const joined = joinScopes(scope, profile)
  return joined ? { scope: joined } : {}
}

async function transformSecret(
  { profile, client }: TokenRequestPlan,
  parameters: Record<string, string>,
  timeLeft: TimeLeft,
): Promise<ClientCredentials> {
  const { clientId, clientSecret } = client
  const transform = profile.transformSecret
  if (!transform || !clientSecret) return client
  const seen = Object.freeze({ ...(clientId && { client_id: clientId }), ...parameters })
  const transformed = await resolveSecret('tokenRequest.transformSecret', () => transform(clientSecret, seen), timeLeft())
  return freezeOwn({ ...client, clientSecret: transformed })
}

function toWireNames(profile: TokenRequestProfile, parameters: Readonly<Record<string, string>>): Record<string, string> {
  const renamed = Object.entries(parameters).map(([name, value]) => [wireName(profile, name), value] as const)
  return Object.fromEntries(renamed.filter(([name]) => name !== false))
}

function addQuery(url: string, parameters: WireParameters): string {
  const complete = new URL(url)
  // RFC 6749 §3.2: the endpoint URI must not include a fragment.
  complete.hash = ''
  const added = toPairs(parameters)
  for (const [name, value] of added) complete.searchParams.append(name, value)
  return (added.length > 0 ? escapeSpaces(complete) : complete).href
}

function buildHeaders(
  [shared, proof, own]: readonly (Readonly<Record<string, string>> | undefined)[],
  encoding: Encoding,
): Record<string, string> {
  const type = encoding === 'json' ? 'application/json' : 'application/x-www-form-urlencoded'
  const ofBody = encoding === 'json' || encoding === 'form' ? { 'content-type': type } : {}
  const all = new Headers({ accept: 'application/json' })
  let option = 'clientSecret'
  try {
    for (const one of [shared, ofBody, proof, own]) {
      if (one === own) option = 'tokenRequest.headers'
      for (const [name, value] of Object.entries(one ?? {})) all.set(name, value)
    }
    return Object.fromEntries(all)
  } catch {
    // The platform's error quotes the value, which may be the secret.
    throw new ConfigurationError(option, 'a header cannot carry its value, which may hold visible ASCII only with this provider')
  }
}
