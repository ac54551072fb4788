import type { Token } from '../token/token.ts'
import type { Provider } from '../vocabulary/provider.ts'

const standardHeader = 'authorization'

/** The name of the header that carries the token. */
export function authorizationHeader({ authorization }: Provider): string {
  return authorization?.header ?? 'Authorization'
}

/** Whether platforms drop the header when a redirect leads to another origin: they know only this one. */
export function isDroppedOnRedirect(header: string): boolean {
  return header.toLowerCase() === standardHeader
}

/** The value of the header: scheme and token, or the bare token. The reply's `token_type` is never used (RFC 6750 §2.1). */
export function authorizationValue(provider: Provider, { accessToken }: Token): string {
  const scheme = provider.authorization?.scheme ?? (isDroppedOnRedirect(authorizationHeader(provider)) ? 'Bearer' : '')
  return scheme ? `${scheme} ${accessToken}` : accessToken
}
