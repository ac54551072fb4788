/** The header that a form or a link of another site cannot send; the proxy demands the same one. */
const ownHeader = 'x-tokenwell'

/** Whether a request that changes something was made by our own page, and by no other one in the same browser. */
export function isFromOurPage(request: Request, origin: string): boolean {
  const site = request.headers.get('sec-fetch-site') ?? 'same-origin'
  const from = request.headers.get('origin') ?? origin
  return request.headers.get(ownHeader) === '1' && site === 'same-origin' && from === origin
}

/** What each response of this server carries. `connectTo` is the one foreign origin that the page's scripts may call. */
export function buildSecurityHeaders(connectTo: string): Readonly<Record<string, string>> {
  return {
    'content-security-policy': [
      "default-src 'none'",
      "script-src 'self'",
      "style-src 'self'",
      "img-src 'self' data:",
      `connect-src 'self' ${connectTo}`,
      "base-uri 'none'",
      "form-action 'self'",
      "frame-ancestors 'none'",
    ].join('; '),
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'same-origin',
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-resource-policy': 'same-origin',
  }
}

/** Adds them to the response itself: Node would cancel the body of a response that was let go, though another one had it. */
export function addHeaders(response: Response, headers: Readonly<Record<string, string>>): Response {
  for (const [name, value] of Object.entries(headers)) response.headers.set(name, value)
  return response
}

/** An answer that no cache keeps. */
export function answerJson(value: unknown, init: ResponseInit = {}): Response {
  const headers = new Headers(init.headers)
  headers.set('cache-control', 'no-store')
  return Response.json(value, { ...init, headers })
}

export function refuse(status: number, message: string): Response {
  return answerJson({ message }, { status })
}
