import { type Check, check, nonEmptyString, readFields, required } from '../base/check.ts'
import { freezeOwn, omitUndefined } from '../base/plain-data.ts'
import { aSecret, clientChecks } from '../vocabulary/credentials.ts'
import type { Grant } from '../vocabulary/grant.ts'
import { aScope, type Scope } from '../vocabulary/scope.ts'
import type { ClientId, Secret } from '../vocabulary/secret.ts'

/** A kind of token: one of RFC 8693 §3 by its last part, or any URI. */
export type ExchangedTokenType = 'access_token' | 'refresh_token' | 'id_token' | 'saml1' | 'saml2' | 'jwt' | `${string}:${string}`

/** Options of `tokenExchange()`. */
export interface TokenExchangeOptions {
  /** The token of who the new one is for: a string, or a function that fetches it for each attempt. */
  subjectToken: Secret
  subjectTokenType: ExchangedTokenType
  /** The token of who acts for the subject. */
  actorToken?: Secret
  /** Required with `actorToken`. */
  actorTokenType?: ExchangedTokenType | undefined
  /** Where the new token is to be used: a name that the server knows. Several go into the preset's `parameters`. */
  audience?: string | undefined
  /** Where the new token is to be used: a URL (RFC 8707). */
  resource?: string | undefined
  /** @default what the server chooses */
  requestedTokenType?: ExchangedTokenType | undefined
  scope?: Scope | undefined
  /** A preset that is given this grant adds its own. */
  clientId?: ClientId
  clientSecret?: Secret
}

/**
 * Exchanges a token for another one (RFC 8693): for another API, or on behalf of a user. In a store, audience, resource, types, scope
 * and the SHA-256 of the given tokens tell tokens apart; where a function gives them, the manager's option `subject` has to.
 * @throws ConfigurationError naming the option that is missing, wrong or unknown
 */
export function tokenExchange(options: TokenExchangeOptions): Grant {
  const own = readFields<TokenExchangeOptions>('options', options, {
    subjectToken: required(aSecret),
    subjectTokenType: required(aTokenType),
    actorToken: aSecret,
    actorTokenType: aTokenType,
    audience: nonEmptyString,
    resource: aResource,
    requestedTokenType: aTokenType,
    scope: aScope,
    ...clientChecks,
  })
  const { subjectToken, subjectTokenType, actorToken, actorTokenType, audience, resource, requestedTokenType, ...rest } = own
  // RFC 8693 §2.1: REQUIRED when actor_token is present, and MUST NOT be included otherwise.
  const isPaired = (actorToken === undefined) === (actorTokenType === undefined)
  check('actorTokenType', isPaired, actorToken === undefined ? 'goes with actorToken only' : 'is missing')
  const given = [subjectToken, actorToken]
  const isFetched = given.some((token) => typeof token === 'function')
  return freezeOwn<Grant>({
    grantType: 'urn:ietf:params:oauth:grant-type:token-exchange',
    ...rest,
    parameters: omitUndefined({
      subject_token_type: toUri(subjectTokenType),
      actor_token_type: toUri(actorTokenType),
      requested_token_type: toUri(requestedTokenType),
      audience,
      resource,
    }),
    secretParameters: { subject_token: subjectToken, ...(actorToken !== undefined && { actor_token: actorToken }) },
    identifiedBy: isFetched ? undefined : JSON.stringify(given),
    needsSubject: isFetched || undefined,
  })
}

const shortTypes: readonly unknown[] = ['access_token', 'refresh_token', 'id_token', 'saml1', 'saml2', 'jwt']

const aTokenType: Check = (option, value) =>
  check(
    option,
    shortTypes.includes(value) || (typeof value === 'string' && URL.canParse(value)),
    `must be ${shortTypes.join(', ')} or a URI`,
  )

/** RFC 8693 §2.1: an absolute URI that may have a query, and no fragment. */
const aResource: Check = (option, value) =>
  check(option, typeof value === 'string' && URL.canParse(value) && !value.includes('#'), 'must be an absolute URI without a fragment')

function toUri(type: ExchangedTokenType | undefined): string | undefined {
  return type !== undefined && shortTypes.includes(type) ? `urn:ietf:params:oauth:token-type:${type}` : type
}
