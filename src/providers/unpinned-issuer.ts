import { check } from '../base/check.ts'
import type { Grant } from '../vocabulary/grant.ts'
import type { Provider } from '../vocabulary/provider.ts'

/** What a program has to say to a token endpoint. */
export interface Said extends Partial<Pick<Grant, 'clientSecret' | 'exchange' | 'parameters' | 'secretParameters'>> {
  readonly clientAuthentication?: unknown
  readonly extraParameters?: object | undefined
}

/** Whether it holds a secret, or what is made with one: a function signs, or fetches it. */
export function hasSecret({ clientSecret, exchange, clientAuthentication, secretParameters, parameters, extraParameters }: Said): boolean {
  const names = Object.keys({ ...parameters, ...extraParameters })
  const isProven = clientSecret !== undefined || exchange !== undefined || typeof clientAuthentication === 'function'
  return isProven || Object.keys(secretParameters ?? {}).length > 0 || names.some((name) => secretName.test(name))
}

// As the wire calls them: `client_secret`, `client_assertion`, `api_key`, `subject_token`. Not `subject_token_type`.
const secretName = /(secret|passw(or)?d|pwd|assertion|token|key|credentials?)$/i

/** What a sign-in has got from the issuer itself. */
const ofSignIn = ['code', 'code_verifier']

/**
 * Refuses a grant that would send a secret to an issuer that only a resource has named.
 * @throws ConfigurationError
 */
export function refuseSecrets({ tokenRequest = {} }: Provider, { secretParameters = {}, ...grant }: Grant): void {
  const others = Object.fromEntries(Object.entries(secretParameters).filter(([name]) => !ofSignIn.includes(name)))
  const { clientAuthentication, extraParameters } = tokenRequest
  const isSecret = hasSecret({ ...grant, secretParameters: others, clientAuthentication, extraParameters })
  check('provider.issuer', !isSecret, 'is named by the resource alone: name issuer in discover(…), and it may get a secret')
}
