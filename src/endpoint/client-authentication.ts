import { callFunction } from '../base/call-function.ts'
import { check } from '../base/check.ts'
import type { AuthenticatedRequest, ClientAuthentication, ClientAuthenticationMethod, ClientCredentials } from '../vocabulary/provider.ts'
import type { TimeLeft } from './time-budget.ts'

/** What authenticates a client in a request: headers, and parameters for the body or for the query. */
export interface ClientProof {
  headers: Record<string, string>
  /** Under their standard names. */
  parameters: Record<string, string>
  /** Under their standard names. */
  query: Record<string, string>
  /** Under the wire's names. */
  wireParameters: Record<string, string>
  /** What of it must not be shown. */
  secrets: string[]
}

/** What a function given as method gets, beside the client, and how long it may take. */
export interface AuthenticationOptions {
  readonly request: AuthenticatedRequest
  readonly timeLeft: TimeLeft
}

/**
 * Authenticates the client as the profile says (RFC 6749 §2.3). Without a secret every method only names the client
 * (RFC 6749 §3.2.1).
 * @throws TokenNetworkError `function_failed` where a function given as method throws or hangs
 * @throws ConfigurationError where it returns something else than strings, or the client id cannot be sent
 */
export async function authenticateClient(
  method: ClientAuthentication,
  client: ClientCredentials,
  options: AuthenticationOptions,
): Promise<ClientProof> {
  const proof: ClientProof = { headers: {}, parameters: {}, query: {}, wireParameters: {}, secrets: [] }
  if (typeof method === 'function') {
    return { ...proof, ...(await callMethod(method, client, options)) }
  }
  for (const one of [method].flat()) addProof(proof, one, client)
  return proof
}

function addProof(proof: ClientProof, method: ClientAuthenticationMethod, { clientId = '', clientSecret }: ClientCredentials): void {
  if (method.startsWith('basic') && clientSecret) {
    check('clientId', method !== 'basic-loose' || !clientId.includes(':'), 'must not contain a colon: basic-loose ends it there')
    const encode = (text: string) => (method === 'basic' ? new URLSearchParams([['', text]]).toString().slice(1) : text)
    const pair = `${encode(clientId)}:${encode(clientSecret)}`
    const credentials = method === 'basic-raw' ? clientSecret : toBase64(pair)
    proof.headers['authorization'] = `Basic ${credentials}`
    // Servers repeat what they decoded, too.
    proof.secrets.push(credentials, pair, encode(clientSecret))
    return
  }
  const target = method === 'query' ? proof.query : proof.parameters
  if (clientId) target['client_id'] = clientId
  if (clientSecret && method !== 'none') target['client_secret'] = clientSecret
}

function toBase64(text: string): string {
  return btoa(Array.from(new TextEncoder().encode(text), (byte) => String.fromCharCode(byte)).join(''))
}

async function callMethod(
  method: Extract<ClientAuthentication, (...args: never[]) => unknown>,
  client: ClientCredentials,
  { request, timeLeft }: AuthenticationOptions,
) {
  const option = 'tokenRequest.clientAuthentication'
  const { headers, parameters } = (await callFunction(option, () => method(client, request), timeLeft())) ?? {}
  const values = Object.values({ ...headers, ...parameters })
  const isProof = Boolean(headers || parameters) && values.every((value) => typeof value === 'string')
  check(option, isProof, 'its function must return { headers?, parameters? } of strings')
  // A header may be a scheme and the credentials, of which a server echoes the latter.
  const secrets = values.filter((value) => value !== client.clientId).flatMap((value) => [value, value.split(' ').at(-1) as string])
  return { headers: { ...headers }, wireParameters: { ...parameters }, secrets }
}
