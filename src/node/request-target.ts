import type { IncomingMessage } from 'node:http'

/** A name or an address, and a port. Anything else (`app.example/admin?`) would become a part of the path, or an account. */
const plainHost = /^(?:[\w.-]+|\[[\da-f:.]+\])(?::\d{1,5})?$/i

/** The URL that a request is for (RFC 9112 §3.2), or `undefined` where the host, or the whole, is none that the web knows. */
export function readTarget({ url = '', headers, headersDistinct, socket }: IncomingMessage): string | undefined {
  const { ':authority': authority, host = authority } = headers
  // Which of several counts is for each server to guess. HTTP/1.0 needs none at all.
  if ((headersDistinct?.['host']?.length ?? 0) > 1) return undefined
  if (host !== undefined && (typeof host !== 'string' || !plainHost.test(host))) return undefined
  const scheme = 'encrypted' in socket ? 'https' : 'http'
  // Joined as text: as a relative reference, a path such as `//evil.example/` would name another host.
  const href = url.startsWith('/') ? `${scheme}://${host ?? 'localhost'}${url}` : url
  if (!/^https?:\/\//i.test(href) || !URL.canParse(href)) return undefined
  // RFC 9112 §3.2.2: the two must be the same.
  return host === undefined || isHostOf(host, href) ? href : undefined
}

function isHostOf(host: string, href: string): boolean {
  const { protocol, host: own } = new URL(href)
  return URL.canParse(`${protocol}//${host}`) && new URL(`${protocol}//${host}`).host === own
}
