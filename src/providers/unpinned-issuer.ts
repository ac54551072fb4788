import { check } from '../base/check.ts'
import type { Grant } from '../vocabulary/grant.ts'
import type { Provider, TokenRequestProfile } from '../vocabulary/provider.ts'

// As the wire calls them: `client_secret`, `client_assertion`, `api_key`, `subject_token`. Not `subject_token_type`.
const secretName = /(secret|passw(or)?d|pwd|assertion|token|key|credentials?)$/i

/** Whether a token request would send a secret, or what is made with one: a function signs, or fetches it. */
export function hasSecret(grant: Grant, { clientAuthentication, extraParameters }: TokenRequestProfile = {}): boolean {
  const { clientSecret, exchange, secretParameters, parameters } = grant
  const isProven = typeof clientAuthentication === 'function'
  const names = Object.keys({ ...parameters, ...extraParameters })
  return isProven || Boolean(clientSecret ?? exchange ?? secretParameters) || names.some((name) => secretName.test(name))
}

/**
 * Refuses a grant that would send a secret to an issuer that only a resource has named. The code of a sign-in is the issuer's own.
 * @throws ConfigurationError
 */
export function refuseSecrets({ tokenRequest }: Provider, grant: Grant): void {
  const asked = grant.oneTime ? { ...grant, secretParameters: undefined } : grant
  check('provider.issuer', !hasSecret(asked, tokenRequest), 'is named by the resource alone: name it in discover() beside a secret')
}
