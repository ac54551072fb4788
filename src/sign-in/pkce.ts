import { toBase64Url } from '../base/base64-url.ts'
import { ConfigurationError } from '../base/errors.ts'

/** 256 random bits as 43 characters of base64url: a `state`, or a code verifier (RFC 7636 §4.1). */
export function createRandomText(): string {
  return toBase64Url(crypto.getRandomValues(new Uint8Array(32)))
}

/** The code challenge that belongs to a verifier, by the method S256 (RFC 7636 §4.2). */
export async function buildCodeChallenge(codeVerifier: string): Promise<string> {
  return toBase64Url(new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(codeVerifier))))
}

/** @throws ConfigurationError where there is no WebCrypto; the method `plain` does not take its place, since it proves nothing */
export function checkWebCrypto(): void {
  if (globalThis.crypto?.subtle) return
  throw new ConfigurationError(
    'crypto',
    'signing in needs WebCrypto, which pages have over https:// and on localhost only: serve the page so',
  )
}
