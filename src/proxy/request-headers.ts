/**
 * What goes up: what describes the content, and what is asked of it. Not who asks (cookies, credentials, addresses,
 * origins), nor what would steer the upstream past the routes (`x-http-method-override`, `x-original-url`, `host`).
 */
const passed = [
  'accept',
  'accept-language',
  'cache-control',
  'content-digest',
  'content-encoding',
  'content-language',
  'content-type',
  'idempotency-key',
  'if-match',
  'if-modified-since',
  'if-none-match',
  'if-range',
  'if-unmodified-since',
  'last-event-id',
  'prefer',
  'range',
]

/** The headers of a request as the upstream gets them, before the token. */
export function buildRequestHeaders(headers: Headers): Record<string, string> {
  const connection = headers.get('connection')
  // RFC 9110 §7.6.1: what it names is for this connection only.
  const named = connection === null ? [] : connection.split(',').map((name) => name.trim().toLowerCase())
  const up: Record<string, string> = {}
  for (const name of passed) {
    const value = headers.get(name)
    if (value !== null && !named.includes(name)) up[name] = value
  }
  return up
}
