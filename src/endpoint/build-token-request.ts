import { ConfigurationError } from '../base/errors.ts'
import { freezeOwn } from '../base/plain-data.ts'
import { escapeSpaces } from '../base/query.ts'
import { wireName } from '../vocabulary/parameter-names.ts'
import type { ClientCredentials, Encoding, TokenRequestProfile } from '../vocabulary/provider.ts'
import { joinScopes } from '../vocabulary/scope.ts'
import { resolveSecret } from '../vocabulary/secret.ts'
import { authenticateClient } from './client-authentication.ts'
import type { TimeLeft } from './time-budget.ts'
import type { TokenRequestPlan } from './token-request-plan.ts'

/** A token request, ready to be sent. */
export interface TokenRequest {
  url: string
  method: 'POST' | 'GET'
  /** A plain object, with names in lower case: every implementation of fetch takes one. */
  headers: Record<string, string>
  body: string | undefined
  /** Everything in it that must not be shown. */
  secrets: string[]
}

/**
 * Builds the request of a plan in one of its profile's encodings. Sends nothing; calls only the functions of the profile.
 * @throws TokenNetworkError `function_failed` where one of them throws or hangs
 * @throws ConfigurationError where one of them returns the wrong type, or a header cannot be sent
 */
export async function buildTokenRequest(plan: TokenRequestPlan, encoding: Encoding, timeLeft: TimeLeft): Promise<TokenRequest> {
  const { profile, kind } = plan
  const parameters = { ...plan.parameters, ...readScope(plan) }
  const client = await transformSecret(plan, parameters, timeLeft)
  const proof = await authenticateClient(profile.clientAuthentication, client, timeLeft)
  const inBody = {
    ...toWireNames(profile, { ...parameters, ...proof.parameters }),
    ...proof.wireParameters,
    ...profile.extraParameters,
  }
  const inQuery = toWireNames(profile, proof.query)
  for (const name of encoding === 'query' ? Object.keys(inBody) : (profile.queryParameters ?? [])) {
    if (!Object.hasOwn(inBody, name)) continue
    inQuery[name] = inBody[name] as string
    delete inBody[name]
  }
  return {
    url: addQuery(kind.url, inQuery),
    method: profile.method ?? 'POST',
    headers: buildHeaders({ ...kind.provider.headers, ...proof.headers }, encoding),
    body: encoding === 'json' ? JSON.stringify(inBody) : encoding === 'form' ? new URLSearchParams(inBody).toString() : undefined,
    secrets: [...plan.secrets, ...proof.secrets, plan.client.clientSecret ?? '', client.clientSecret ?? ''],
  }
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

function addQuery(url: string, parameters: Record<string, string>): string {
  const complete = new URL(url)
  // RFC 6749 §3.2: the endpoint URI must not include a fragment.
  complete.hash = ''
  const added = Object.entries(parameters)
  for (const [name, value] of added) complete.searchParams.append(name, value)
  return (added.length > 0 ? escapeSpaces(complete) : complete).href
}

function buildHeaders(headers: Record<string, string>, encoding: Encoding): Record<string, string> {
  try {
    const all = new Headers({ accept: 'application/json' })
    for (const [name, value] of Object.entries(headers)) all.set(name, value)
    if (encoding !== 'query') all.set('content-type', encoding === 'json' ? 'application/json' : 'application/x-www-form-urlencoded')
    return Object.fromEntries(all)
  } catch {
    // The platform's error quotes the value, which may be the secret.
    throw new ConfigurationError('clientSecret', 'a header cannot carry it: it may hold visible ASCII only with this provider')
  }
}
