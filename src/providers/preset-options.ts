import type { Check } from '../base/check.ts'
import { aBaseUrl } from '../vocabulary/checks.ts'
import { aGrant, clientChecks } from '../vocabulary/credentials.ts'
import type { Grant } from '../vocabulary/grant.ts'
import type { ClientId, Secret } from '../vocabulary/secret.ts'

/** A preset is given client credentials, or a grant, or both. */
export type ClientOrGrant =
  | { clientId: ClientId; clientSecret: Secret; grant?: undefined }
  | {
      clientId?: ClientId
      clientSecret?: Secret
      /** In the place of the usual grant. It takes over the client's credentials where it has none. */
      grant: Grant
    }

/** The checks of {@link ClientOrGrant}, and of the `baseUrl` that each system's preset has. */
export const presetChecks: Readonly<Record<'clientId' | 'clientSecret' | 'grant' | 'baseUrl', Check>> = {
  ...clientChecks,
  grant: aGrant,
  baseUrl: aBaseUrl,
}

/** A base URL that was checked, as paths are joined to it: without a slash at its end. */
export function trimBaseUrl(baseUrl: string): string {
  return new URL(baseUrl).href.replace(/\/+$/, '')
}
