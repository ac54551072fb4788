import { optionalScope, requireSecret, requireText } from '../grants/require-credential.ts'
import type { Grant, Scope, Secret } from '../vocabulary/grant.ts'

/** A preset is given client credentials, or a grant, or both. */
export type ClientOrGrant =
  | { clientId: string; clientSecret: Secret; grant?: undefined }
  | {
      clientId?: string
      clientSecret?: Secret
      /** In the place of the usual grant. It takes over the client's credentials where it has none. */
      grant: Grant
    }

interface PresetCredentials {
  clientId?: string | undefined
  clientSecret?: Secret | undefined
  scope?: Scope | undefined
}

/**
 * A grant that the caller gave in place of the usual one, with the preset's credentials where it has none: a code or a
 * custom grant is often given without repeating them. The secret of one client is never joined to the id of another.
 * @throws ConfigurationError for a credential that is given, and wrong
 */
export function completeGrant(grant: Grant, { clientId, clientSecret, scope }: PresetCredentials): Grant {
  if (clientId !== undefined) requireText('clientId', clientId)
  if (clientSecret !== undefined) requireSecret('clientSecret', clientSecret)
  const isSameClient = grant.clientId === undefined || grant.clientId === clientId
  return {
    ...(clientId !== undefined && { clientId }),
    ...(clientSecret !== undefined && isSameClient && { clientSecret }),
    ...optionalScope(scope),
    ...grant,
  }
}
