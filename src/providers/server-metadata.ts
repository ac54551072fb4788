import { parseSecureUrl } from '../base/secure-url.ts'
import { aUrl } from '../vocabulary/checks.ts'
import type { Metadata, MetadataSearch } from './fetch-metadata.ts'
import { isLocal } from './local-host.ts'
import { checkField, readTexts, showUrls } from './metadata-fields.ts'

/** What an authorization server says of itself (RFC 8414 §2), as far as it is used here. */
export interface ServerMetadata {
  readonly tokenUrl: string
  readonly authorizationUrl: string | undefined
  readonly deviceAuthorizationUrl: string | undefined
  readonly revocationUrl: string | undefined
  /** RFC 9207 §3. */
  readonly issuerInResponse: true | undefined
  /** Names of RFC 7591 §2, such as `client_secret_basic`. */
  readonly tokenMethods: readonly string[] | undefined
  readonly revocationMethods: readonly string[] | undefined
}

export interface Issuer {
  readonly issuer: string
  /** Whether the caller named it, and not a resource. */
  readonly isPinned: boolean
}

/** Where the metadata of an issuer may be: RFC 8414 §3.1 and §5, OpenID Connect Discovery 1.0 §4. */
export function searchServer({ issuer }: Issuer): MetadataSearch {
  const { origin, pathname } = new URL(issuer)
  // RFC 8414 §3.1: any terminating "/" MUST be removed before inserting.
  const path = pathname.replace(/\/$/, '')
  const inserted = ['oauth-authorization-server', 'openid-configuration'].map((name) => `${origin}/.well-known/${name}${path}`)
  return {
    option: 'issuer',
    places: [...new Set([...inserted, `${origin}${path}/.well-known/openid-configuration`])],
    findFault: (metadata) => {
      const named = metadata['issuer']
      // RFC 8414 §3.3: MUST be identical, else the data MUST NOT be used.
      return named === issuer ? undefined : `is that of another issuer (${showUrls(typeof named === 'string' ? [named] : [])})`
    },
  }
}

/** @throws ConfigurationError naming the field */
export function readServer(metadata: Metadata, from: Issuer): ServerMetadata {
  const tokenUrl = readEndpoint(metadata, 'token_endpoint', from)
  checkField('token_endpoint', tokenUrl !== undefined, 'is missing: this issuer gives no tokens')
  return {
    tokenUrl,
    authorizationUrl: readEndpoint(metadata, 'authorization_endpoint', from),
    deviceAuthorizationUrl: readDeviceEndpoint(metadata, from),
    revocationUrl: readEndpoint(metadata, 'revocation_endpoint', from),
    issuerInResponse: metadata['authorization_response_iss_parameter_supported'] === true || undefined,
    tokenMethods: readTexts(metadata, 'token_endpoint_auth_methods_supported'),
    revocationMethods: readTexts(metadata, 'revocation_endpoint_auth_methods_supported'),
  }
}

/**
 * A resource must not choose on whose page a user types a code: its issuer could show a code that it has just got from another one
 * (RFC 8628 §5.4).
 */
function readDeviceEndpoint(metadata: Metadata, from: Issuer): string | undefined {
  const url = readEndpoint(metadata, 'device_authorization_endpoint', from)
  return from.isPinned ? url : undefined
}

function readEndpoint(metadata: Metadata, name: string, { issuer, isPinned }: Issuer): string | undefined {
  const value = metadata[name] ?? undefined
  if (value === undefined) return undefined
  const option = `metadata.${name}`
  aUrl(option, value)
  const url = parseSecureUrl(option, value, true)
  const own = new URL(issuer)
  // A server on the network has no say over what listens on this machine.
  checkField(name, url.protocol === 'https:' || own.protocol === 'http:', 'must begin with https://, as the issuer does')
  checkField(name, !isLocal(url) || isLocal(own), 'is at a private address, and the issuer is not')
  // A resource could name an issuer that shows the user somebody else's page, and takes the code itself (RFC 9700 §4.4).
  const isOwn = isPinned || url.origin === own.origin
  checkField(name, isOwn, 'is at another origin than the issuer, which a resource has named: give issuer, if you trust it')
  return value as string
}
