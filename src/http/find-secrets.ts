import { createSecretFinder, type HoldsSecret } from '../base/redact.ts'
import type { Token } from '../token/token.ts'
import type { Grant } from '../vocabulary/grant.ts'

/** Finds what nobody may see of a token and of the grant that it was got by, in what a server says. Functions that give secrets are not asked. */
export function findSecretsOf({ accessToken, refreshToken }: Token, { clientSecret, secretParameters }: Grant): HoldsSecret {
  const secrets = [accessToken, refreshToken, clientSecret, ...Object.values(secretParameters ?? {})]
  return createSecretFinder(secrets.filter((secret) => typeof secret === 'string'))
}
