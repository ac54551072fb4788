import { ConfigurationError } from '../base/errors.ts'
import type { Grant, Secret } from '../vocabulary/grant.ts'
import { requireClient, requireSecret, requireText } from './require-credential.ts'

export interface CustomGrantOptions {
  /** Also a URN, such as `urn:ietf:params:oauth:grant-type:jwt-bearer`. */
  grantType: string
  /** What the grant type asks for, under standard names. All of them count as secret. */
  parameters: Readonly<Record<string, Secret>>
  clientId?: string
  clientSecret?: Secret
}

/**
 * An extension grant (RFC 6749 §4.5). Texts among its parameters tell one token from another in a store; what a function
 * fetches may change each time, and does not.
 * @throws ConfigurationError naming the option that is missing
 */
export function customGrant({ grantType, parameters, clientId, clientSecret }: CustomGrantOptions): Grant {
  if (typeof parameters !== 'object' || parameters === null) throw new ConfigurationError('parameters', 'must be an object')
  const entries = Object.entries(parameters).sort(([a], [b]) => (a < b ? -1 : 1))
  for (const [name, value] of entries) requireSecret(`parameters.${name}`, value)
  return {
    grantType: requireText('grantType', grantType),
    ...(clientId !== undefined && requireClient(clientId, undefined)),
    ...(clientSecret !== undefined && { clientSecret: requireSecret('clientSecret', clientSecret) }),
    secretParameters: { ...parameters },
    identifiedBy: JSON.stringify(entries.map(([name, value]) => (typeof value === 'string' ? [name, value] : [name]))),
  }
}
