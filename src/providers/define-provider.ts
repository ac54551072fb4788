import { bringAlong } from '../base/abilities.ts'
import { readByRules } from '../endpoint/error-rules.ts'
import { createRevocation } from '../endpoint/revocation.ts'
import { rejectionAbility } from '../http/find-rejection.ts'
import { createOtherTransport } from '../http/other-transport.ts'
import { apiOriginAbility } from '../vocabulary/api-origins.ts'
import { checkProvider } from '../vocabulary/check-provider.ts'
import type { Provider } from '../vocabulary/provider.ts'
import { templateAbility } from '../vocabulary/request-templates.ts'

/**
 * Checks a provider's profile, written by hand or read from JSON, and returns a frozen copy, which brings along what carries it
 * out: hand that to the manager. `http:` URLs pass: whether they may be used is up to the manager's `allowInsecureRequests`.
 * @throws ConfigurationError naming the field, such as `tokenResponse.expiresInUnit`; also for unknown fields
 */
export function defineProvider(profile: Provider): Provider {
  return bringAll(checkProvider(profile))
}

/** A profile with all that a profile can need. */
export function bringAll(profile: Provider): Provider {
  return bringAlong(profile, {
    'provider.apiOrigins': apiOriginAbility,
    'provider.authorization': createOtherTransport,
    'provider.isRejection': rejectionAbility,
    'provider.revocation': createRevocation,
    'provider.tokenRequest.headers': templateAbility,
    'provider.tokenRequest.body': templateAbility,
    'provider.tokenResponse.error': readByRules,
  })
}
