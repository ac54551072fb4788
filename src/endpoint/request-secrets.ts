import { check } from '../base/check.ts'
import type { PreparedSecrets } from '../token/token-source.ts'
import { type Assertion, audienceOf } from '../vocabulary/assertion.ts'
import { clientMethod, isTemplated } from '../vocabulary/encoding.ts'
import { optionName, wireName } from '../vocabulary/parameter-names.ts'
import { type ClientId, resolveSecret, type Secret } from '../vocabulary/secret.ts'
import { listPlaceholders } from '../vocabulary/template.ts'
import type { TimeLeft } from './time-budget.ts'
import type { TokenRequestKind } from './token-request-kind.ts'

/** The caller's secrets for one request, as strings. */
export interface RequestSecrets {
  /** No secret, and shown. */
  readonly clientId?: string | undefined
  readonly clientSecret?: string | undefined
  /** Under their standard names. */
  readonly parameters: Readonly<Record<string, string>>
}

/** Secrets that were resolved ahead of their request. */
export interface PreparedRequest extends PreparedSecrets {
  /** How long that took, ms. The first attempt has so much less time. */
  readonly tookMs: number
  /** A function, so that a log of this object shows no secret. */
  readonly secrets: () => RequestSecrets
}

/** Whether a request of this kind sends a secret that a function has to be asked for. */
export function needsFunctions(kind: TokenRequestKind): boolean {
  const { clientId, clientSecret, parameters } = sentSecrets(kind)
  return [clientId, clientSecret, ...Object.values(parameters)].some((secret) => typeof secret === 'function')
}

/**
 * Resolves the secrets that a request of this kind sends, and no others. Functions are asked one after another, since one may
 * prompt a person.
 * @throws TokenNetworkError `function_failed`
 * @throws ConfigurationError naming the option
 */
export async function resolveSecrets(kind: TokenRequestKind, timeLeft: TimeLeft, now: () => number): Promise<RequestSecrets> {
  const { clientId, clientSecret, parameters } = sentSecrets(kind)
  const id = clientId && (await resolveSecret('clientId', clientId, timeLeft()))
  const resolved: Record<string, string> = {}
  for (const [name, secret] of Object.entries(parameters)) {
    const sign = () => (secret as Assertion)({ audience: audienceOf(kind.provider), now: now() })
    resolved[name] = await resolveSecret(optionName(name), isAssertion(secret) ? sign : secret, timeLeft())
  }
  const ofClient = clientSecret && (await resolveSecret('clientSecret', clientSecret, timeLeft()))
  // As they come from files and terminals, with a line break at the end, no server knows them.
  check('clientSecret', ofClient?.trim() === ofClient, 'must not begin or end with white space')
  return { clientId: id, clientSecret: ofClient, parameters: resolved }
}

const isAssertion = (secret: Secret | Assertion): secret is Assertion => Object.hasOwn(Object(secret), 'isAssertion')

/** The secrets that are sent. Strings are included even where they are not sent, since errors must not show them. */
function sentSecrets({ grant, way, profile, exchange }: TokenRequestKind): {
  clientId: ClientId | undefined
  clientSecret: Secret | undefined
  parameters: Record<string, Secret | Assertion>
} {
  const { clientId, clientSecret, secretParameters = {} } = grant
  const { transformSecret } = profile
  const clientAuthentication = clientMethod(profile)
  const named = listPlaceholders([profile.headers, profile.body])
  const methods = [clientAuthentication].flat()
  const isClientSent = methods.some((method) => method !== 'none') || named.includes('client_secret')
  // A function may need them for a signature.
  const isSigned = exchange !== undefined || transformSecret !== undefined || typeof clientAuthentication === 'function'
  const isParameter = (name: string) => isSigned || (!isTemplated(profile) && wireName(profile, name) !== false)
  const isSent = ([name, secret]: [string, Secret | Assertion]) =>
    named.includes(name) || ((way === 'ask' || exchange) && (typeof secret === 'string' || isParameter(name)))
  const isIdSent =
    isSigned || named.includes('client_id') || isParameter('client_id') || methods.some((method) => String(method).startsWith('basic'))
  return {
    clientId: isIdSent || typeof clientId === 'string' ? clientId : undefined,
    clientSecret: isClientSent || typeof clientSecret === 'string' ? clientSecret : undefined,
    parameters: Object.fromEntries(Object.entries(secretParameters).filter(isSent)),
  }
}
