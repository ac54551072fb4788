import { check } from '../base/check.ts'
import type { Metadata, MetadataSearch } from './fetch-metadata.ts'
import { readTexts, showUrls } from './metadata-fields.ts'
import type { Issuer } from './server-metadata.ts'

export interface ResourceOptions {
  readonly resource: string
  readonly resourceMetadataUrl: string | undefined
}

/** Where the metadata of a protected resource may be: where its challenge says (RFC 9728 §5.1), else RFC 9728 §3.1, else the root. */
export function searchResource({ resource, resourceMetadataUrl }: ResourceOptions): MetadataSearch {
  const { origin, pathname, search } = new URL(resource)
  const root = `${origin}/.well-known/oauth-protected-resource`
  const inserted = `${root}${pathname === '/' ? '' : pathname}${search}`
  return {
    option: 'resource',
    places: resourceMetadataUrl === undefined ? [...new Set([inserted, root])] : [resourceMetadataUrl],
    findFault: (metadata, place) => {
      const named = metadata['resource']
      // RFC 9728 §3.3: MUST be identical to what the URL was made of, else the data MUST NOT be used.
      const isRight = isSameUrl(named, resource) || (place === root && isSameUrl(named, origin))
      return isRight ? undefined : `is that of another resource (${showUrls(typeof named === 'string' ? [named] : [])})`
    },
  }
}

/**
 * The issuer to ask: the caller's, which the resource must know, else the only one that the resource names.
 * @throws ConfigurationError
 */
export function chooseIssuer(metadata: Metadata, given: string | undefined): Issuer {
  const named = readTexts(metadata, 'authorization_servers')
  const [first, ...others] = named ?? []
  if (given !== undefined) {
    check('issuer', named?.includes(given) !== false, `is not one that the resource takes tokens of: it names ${showUrls(named ?? [])}`)
    return { issuer: given, isPinned: true }
  }
  check('issuer', first !== undefined, 'is missing: the resource names no authorization server')
  check('issuer', others.length === 0, `is missing: the resource names several authorization servers: ${showUrls(named ?? [])}`)
  return { issuer: first, isPinned: false }
}

/**
 * The resource that tokens are asked for (RFC 8707), in the caller's own spelling: it is part of the store's key. The whole host, where
 * that is what the document is about.
 */
export function identifyResource(metadata: Metadata, resource: string): string {
  const named = metadata['resource']
  if (isSameUrl(named, resource)) return resource
  return new URL(resource).origin + (String(named).endsWith('/') ? '/' : '')
}

/** RFC 6749 §3.3: `scope-token`. Any other text would be another scope, or several, when it is sent. */
export function readScopes(metadata: Metadata): string[] | undefined {
  return readTexts(metadata, 'scopes_supported')?.filter((scope) => /^[\x21\x23-\x5b\x5d-\x7e]+$/.test(scope))
}

function isSameUrl(named: unknown, url: string): boolean {
  return typeof named === 'string' && URL.canParse(named) && new URL(named).href === new URL(url).href
}
