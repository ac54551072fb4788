import { anObject, type Check, check, nonEmptyString, readFields, required } from '../base/check.ts'
import { freezeOwn } from '../base/plain-data.ts'
import type { Assertion } from '../vocabulary/assertion.ts'
import { clientChecks } from '../vocabulary/credentials.ts'
import type { Grant } from '../vocabulary/grant.ts'
import { aScope, type Scope } from '../vocabulary/scope.ts'
import type { ClientId, Secret } from '../vocabulary/secret.ts'
import { createSigner, type SigningOptions, signingChecks } from './sign-jwt.ts'

/** Options of `jwtBearer()`. */
export interface JwtBearerOptions extends SigningOptions {
  /** Who signs (`iss`): a service account, or the client. */
  issuer: string
  /** Whom the token is for (`sub`). @default issuer */
  subject?: string | undefined
  /** Who the assertion is for (`aud`). @default the provider's `issuer`, else its `tokenUrl` */
  audience?: string | undefined
  /** More claims, as JSON data: Google's `scope`, say. */
  claims?: Readonly<Record<string, unknown>> | undefined
  /** Sent as the parameter `scope`. */
  scope?: Scope | undefined
  /** Most servers know who asks by the assertion. */
  clientId?: ClientId
  clientSecret?: Secret
}

/**
 * A signed assertion as the authorization (RFC 7523 §2.1): service accounts, and servers that act for a user. Each attempt has a
 * new one, with a `jti` of its own, that is good for 60 s. In a store, issuer, subject, audience, claims and scope tell tokens apart.
 * @throws ConfigurationError naming the option that is missing, wrong or unknown; where the algorithm does not fit the key
 */
export function jwtBearer(options: JwtBearerOptions): Grant {
  const own = readFields<JwtBearerOptions>('options', options, {
    ...signingChecks(),
    ...clientChecks,
    issuer: required(nonEmptyString),
    subject: nonEmptyString,
    audience: nonEmptyString,
    claims: furtherClaims,
    scope: aScope,
  })
  const { key, algorithm, keyId, issuer, subject = issuer, audience, claims, ...rest } = own
  const signJwt = createSigner({ key, algorithm, keyId })
  // Copied: what the key of a store is made of is what is signed.
  const fixed = freezeOwn({ ...claims, iss: issuer, sub: subject })
  const sign = ({ audience: usual, now }: Parameters<Assertion>[0]) => signJwt({ ...fixed, aud: audience ?? usual }, now)
  const assertion: Assertion = Object.assign(sign, { isAssertion: true as const })
  return freezeOwn<Grant>({
    grantType: 'urn:ietf:params:oauth:grant-type:jwt-bearer',
    ...rest,
    secretParameters: { assertion },
    identifiedBy: JSON.stringify([audience, ...Object.entries(fixed).sort(([a], [b]) => (a < b ? -1 : 1))]),
  })
}

// Those that have an option, or are ours.
const reserved: Readonly<Record<string, string>> = { iss: 'issuer', sub: 'subject', aud: 'audience', exp: '', iat: '', jti: '' }

const mostNested = 32

const furtherClaims: Check = (option, value) => {
  anObject(option, value)
  check(option, isJson(value), `must be JSON data, nested ${mostNested} levels deep at most`)
  for (const name of Object.keys(value as object)) {
    const meant = Object.hasOwn(reserved, name) ? reserved[name] : undefined
    check(`${option}.${name}`, meant === undefined, meant ? `has an option of its own: use ${meant}` : 'is set for each assertion')
  }
}

/**
 * Whether JSON keeps it as it is: neither of a class, such as a Date or a Map, nor with a form of its own. Else it would be signed
 * as something else, and tell no token from another.
 */
function isJson(value: unknown, depth = 0): boolean {
  if (typeof value !== 'object' || value === null)
    return value === null || /^(string|boolean)$/.test(typeof value) || Number.isFinite(value)
  const prototype: unknown = Object.getPrototypeOf(value)
  // Objects of other realms have a prototype of their own.
  const isPlain = Array.isArray(value) || prototype === null || Object.getPrototypeOf(prototype) === null
  // A field that is `undefined` is left out. In a list it would become `null`.
  const inner = Array.isArray(value) ? Array.from(value) : Object.values(value).filter((one) => one !== undefined)
  return isPlain && !('toJSON' in value) && depth < mostNested && inner.every((one) => isJson(one, depth + 1))
}
