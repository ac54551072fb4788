import { bringAlong } from '../base/abilities.ts'
import { aFunction, check, nonEmptyString, readFields, recordOf, required, trueOrFalse } from '../base/check.ts'
import { freezeOwn } from '../base/plain-data.ts'
import { runExchange } from '../endpoint/run-exchange.ts'
import { aSecret, clientChecks } from '../vocabulary/credentials.ts'
import type { Exchange } from '../vocabulary/exchange.ts'
import type { Grant } from '../vocabulary/grant.ts'
import type { ClientId, Secret } from '../vocabulary/secret.ts'

interface CommonOptions {
  /** Also a URN, such as `urn:ietf:params:oauth:grant-type:jwt-bearer`. */
  grantType: string
  clientId?: ClientId
  clientSecret?: Secret
}

export type CustomGrantOptions =
  | (CommonOptions & {
      /** What the grant type asks for, under standard names. All of them count as secret. */
      parameters: Readonly<Record<string, Secret>>
      exchange?: undefined
      usesUp?: undefined
    })
  | (CommonOptions & {
      /** What the exchange needs. All of them count as secret: they are resolved for each attempt, and errors do not show them. */
      parameters?: Readonly<Record<string, Secret>> | undefined
      /** Gets a token in a way that no profile can say: a log-in in two steps, a signature, a second exchange. */
      exchange: Exchange
      /**
       * Whether it presents `previous.refreshToken`, and the server takes each of them once. Renewals then never run side by side,
       * and one whose reply was lost is sent exactly once more.
       * @default false
       */
      usesUp?: boolean | undefined
    })

/**
 * An extension grant (RFC 6749 §4.5), or a way of asking of your own. Strings among its parameters tell one token from another
 * in a store. The result of a function cannot, since it may change each time. Beside the manager's option `store` a function
 * needs a `subject`, and so does an `exchange`.
 * @throws ConfigurationError naming the option that is missing, wrong or unknown
 */
export function customGrant(options: CustomGrantOptions): Grant {
  const { parameters, ...rest } = readFields<CustomGrantOptions>('options', options, {
    grantType: required(nonEmptyString),
    parameters: recordOf(aSecret),
    ...clientChecks,
    exchange: aFunction,
    usesUp: trueOrFalse,
  })
  check('parameters', parameters !== undefined || rest.exchange !== undefined, 'is missing')
  check('usesUp', rest.usesUp === undefined || rest.exchange !== undefined, 'goes with exchange only')
  const entries = Object.entries(parameters ?? {}).sort(([a], [b]) => (a < b ? -1 : 1))
  const isFunction = ([, value]: [string, Secret]) => typeof value === 'function'
  // Of a function, its name alone is known.
  const known = entries.map(([name, value]) => (typeof value === 'string' ? [name, value] : [name]))
  const grant = freezeOwn<Grant>({
    ...rest,
    secretParameters: parameters,
    identifiedBy: entries.every(isFunction) ? undefined : JSON.stringify(known),
    needsSubject: entries.some(isFunction) || rest.exchange !== undefined || undefined,
  })
  return rest.exchange ? bringAlong(grant, { 'grant.exchange': runExchange }) : grant
}
