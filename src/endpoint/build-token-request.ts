import { ConfigurationError } from '../base/errors.ts'
import { wireName } from '../vocabulary/parameter-names.ts'
import type { ClientCredentials, Encoding, TokenRequestProfile } from '../vocabulary/provider.ts'
import { joinScopes } from '../vocabulary/scope.ts'
import { requireText } from '../vocabulary/secret.ts'
import { authenticateClient } from './client-authentication.ts'
import type { TokenQuestion } from './token-request-plan.ts'

/** A token request, ready to be sent. */
export interface TokenRequest {
  url: string
  method: 'POST' | 'GET'
  headers: Headers
  body: string | undefined
  /** Everything in it that must not be shown. */
  secrets: string[]
}

/**
 * Builds the request for a question in one of its profile's encodings. Sends nothing, and calls nothing but the
 * profile's own functions.
 * @throws ConfigurationError where one of those fails, or a header cannot be sent
 */
export async function buildTokenRequest(
  question: TokenQuestion,
  encoding: Encoding,
  providerHeaders: Readonly<Record<string, string>> | undefined,
): Promise<TokenRequest> {
  const { profile } = question
  const parameters = { ...question.parameters, ...readScope(question) }
  const client = await transformSecret(question, parameters)
  const proof = await authenticateClient(profile.clientAuthentication, client)
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
    url: addQuery(question.url, inQuery),
    method: profile.method ?? 'POST',
    headers: buildHeaders({ ...providerHeaders, ...proof.headers }, encoding),
    body: encoding === 'json' ? JSON.stringify(inBody) : encoding === 'form' ? new URLSearchParams(inBody).toString() : undefined,
    secrets: [...question.secrets, ...proof.secrets, question.client.clientSecret ?? '', client.clientSecret ?? ''],
  }
}

function readScope({ scope, profile }: TokenQuestion): { scope?: string } {
  const joined = joinScopes(scope, profile)
  return joined ? { scope: joined } : {}
}

async function transformSecret({ profile, client }: TokenQuestion, parameters: Record<string, string>): Promise<ClientCredentials> {
  const { clientId, clientSecret } = client
  const transform = profile.transformSecret
  if (!transform || !clientSecret) return client
  const seen = Object.freeze({ ...(clientId && { client_id: clientId }), ...parameters })
  return { ...client, clientSecret: await requireText('tokenRequest.transformSecret', () => transform(clientSecret, seen)) }
}

function toWireNames(profile: TokenRequestProfile, parameters: Readonly<Record<string, string>>): Record<string, string> {
  const renamed = Object.entries(parameters).map(([name, value]) => [wireName(profile, name), value] as const)
  return Object.fromEntries(renamed.filter(([name]) => name !== false))
}

function addQuery(url: string, parameters: Record<string, string>): string {
  const complete = new URL(url)
  for (const [name, value] of Object.entries(parameters)) complete.searchParams.append(name, value)
  // RFC 6749 §3.2: the endpoint URI must not include a fragment.
  complete.hash = ''
  return complete.href
}

function buildHeaders(headers: Record<string, string>, encoding: Encoding): Headers {
  try {
    const all = new Headers({ accept: 'application/json' })
    for (const [name, value] of Object.entries(headers)) all.set(name, value)
    if (encoding !== 'query') all.set('content-type', encoding === 'json' ? 'application/json' : 'application/x-www-form-urlencoded')
    return all
  } catch {
    // The platform's error quotes the value, which may be the secret.
    throw new ConfigurationError('clientSecret', 'a header cannot carry it: it may hold visible ASCII only with this provider')
  }
}
