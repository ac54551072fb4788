import { nonEmptyString, readFields, recordOf, required } from '../base/check.ts'
import { freezeOwn } from '../base/plain-data.ts'
import { aSecret, clientChecks } from '../vocabulary/credentials.ts'
import type { Grant } from '../vocabulary/grant.ts'
import type { Secret } from '../vocabulary/secret.ts'

export interface CustomGrantOptions {
  /** Also a URN, such as `urn:ietf:params:oauth:grant-type:jwt-bearer`. */
  grantType: string
  /** What the grant type asks for, under standard names. All of them count as secret. */
  parameters: Readonly<Record<string, Secret>>
  clientId?: string
  clientSecret?: Secret
}

/**
 * An extension grant (RFC 6749 §4.5). Strings among its parameters tell one token from another in a store. What a function
 * returns may change each time, and cannot: beside the manager's option `store` it needs a `subject`.
 * @throws ConfigurationError naming the option that is missing, wrong or unknown
 */
export function customGrant(options: CustomGrantOptions): Grant {
  const { parameters, ...rest } = readFields<CustomGrantOptions>('options', options, {
    grantType: required(nonEmptyString),
    parameters: required(recordOf(aSecret)),
    ...clientChecks,
  })
  const entries = Object.entries(parameters).sort(([a], [b]) => (a < b ? -1 : 1))
  const isFunction = ([, value]: [string, Secret]) => typeof value === 'function'
  // Of a function, its name alone is known.
  const known = entries.map(([name, value]) => (typeof value === 'string' ? [name, value] : [name]))
  return freezeOwn<Grant>({
    ...rest,
    secretParameters: parameters,
    identifiedBy: entries.every(isFunction) ? undefined : JSON.stringify(known),
    needsSubject: entries.some(isFunction) || undefined,
  })
}
