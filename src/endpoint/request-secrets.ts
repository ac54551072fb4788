import { ConfigurationError } from '../base/errors.ts'
import type { PreparedSecrets } from '../token/token-source.ts'
import { wireName } from '../vocabulary/parameter-names.ts'
import { resolveSecret, type Secret } from '../vocabulary/secret.ts'
import type { TimeLeft } from './time-budget.ts'
import type { TokenRequestKind } from './token-request-kind.ts'

/** The caller's secrets for one request, as strings. */
export interface RequestSecrets {
  readonly clientSecret?: string | undefined
  /** Under their standard names. */
  readonly parameters: Readonly<Record<string, string>>
}

/** Secrets that were resolved ahead of their request. */
export interface PreparedRequest extends PreparedSecrets {
  /** How long that took, ms: the request has so much less. */
  readonly tookMs: number
  /** A function: what is prepared may be logged, and shows nothing. */
  readonly secrets: () => RequestSecrets
}

/** Whether a function has to be asked for what a request of this kind sends. */
export function needsFunctions(kind: TokenRequestKind): boolean {
  const { clientSecret, parameters } = sentSecrets(kind)
  return [clientSecret, ...Object.values(parameters)].some((secret) => typeof secret === 'function')
}

/**
 * Resolves what a request of this kind sends, and asks nobody for anything else. One after another: a function may prompt a person.
 * @throws TokenNetworkError `function_failed`
 * @throws ConfigurationError naming the option
 */
export async function resolveSecrets(kind: TokenRequestKind, timeLeft: TimeLeft): Promise<RequestSecrets> {
  const { clientSecret, parameters } = sentSecrets(kind)
  const resolved: Record<string, string> = {}
  for (const [name, secret] of Object.entries(parameters)) {
    // The wire's code_verifier is the option codeVerifier.
    const option = name.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase())
    resolved[name] = await resolveSecret(option, secret, timeLeft())
  }
  const ofClient = clientSecret && (await resolveSecret('clientSecret', clientSecret, timeLeft()))
  if (ofClient?.trim() !== ofClient) {
    throw new ConfigurationError('clientSecret', 'begins or ends with white space: was a line break read along from a file?')
  }
  return { clientSecret: ofClient, parameters: resolved }
}

/** The secrets that are sent. Strings come along in any case: they must not be shown, whether they are sent or not. */
function sentSecrets({ grant, way, profile }: TokenRequestKind): { clientSecret: Secret | undefined; parameters: Record<string, Secret> } {
  const { clientSecret, secretParameters = {} } = grant
  const { clientAuthentication, transformSecret } = profile
  const isClientSent = [clientAuthentication].flat().some((method) => method !== 'none')
  // A function may sign with what is not sent itself.
  const isSigned = transformSecret !== undefined || typeof clientAuthentication === 'function'
  const isSent = ([name, secret]: [string, Secret]) => typeof secret === 'string' || isSigned || wireName(profile, name) !== false
  return {
    clientSecret: isClientSent || typeof clientSecret === 'string' ? clientSecret : undefined,
    parameters: way === 'ask' ? Object.fromEntries(Object.entries(secretParameters).filter(isSent)) : {},
  }
}
