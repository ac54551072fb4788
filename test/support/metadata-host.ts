import type { DiscoverOptions } from '../../src/providers/discover.ts'

/** What stands at a URL: a document, a status, or what a function gives. */
export type Document = object | number | ((init: RequestInit | undefined) => Response | Promise<Response>)

/** Hosts of metadata without a network: documents by URL, 404 for everything else. */
export function createMetadataHost(documents: Readonly<Record<string, Document>>) {
  const requests: { url: string; init: RequestInit | undefined }[] = []
  const fetch = (async (url: string, init?: RequestInit) => {
    requests.push({ url, init })
    const found = documents[url] ?? 404
    if (typeof found === 'function') return found(init)
    return typeof found === 'number' ? new Response(null, { status: found }) : Response.json(found)
  }) as typeof globalThis.fetch
  return { fetch, requests, urls: () => requests.map(({ url }) => url) }
}

export const issuer = 'https://auth.example.com'
export const apiUrl = 'https://api.example.com/v1'

/** Metadata as an issuer would have it. */
export function metadataOf(name = issuer, fields: object = {}): Record<string, unknown> {
  const origin = URL.canParse(name) ? new URL(name).origin : issuer
  return { issuer: name, token_endpoint: `${origin}/token`, authorization_endpoint: `${origin}/authorize`, ...fields }
}

/** A public client of that issuer. */
export const publicClient: Pick<DiscoverOptions, 'issuer' | 'apiUrl' | 'clientId'> = { issuer, apiUrl, clientId: 'app' }
export const wellKnown = `${issuer}/.well-known/oauth-authorization-server`
