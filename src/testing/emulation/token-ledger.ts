/** What an authorization server remembers of a token that it issued. Instants are ms since the epoch. */
export interface IssuedToken {
  readonly accessToken: string
  readonly expiresAt: number
  readonly refreshToken?: string | undefined
  readonly refreshExpiresAt?: number | undefined
  readonly clientId: string
  readonly grantType: string
  readonly scope?: string | undefined
  /** When the first token of its chain of renewals was issued. */
  readonly chainStartedAt: number
  /** The same for all tokens that were renewed from one another. */
  readonly family: string
}

/** An authorization code that was handed out (RFC 6749 §4.1.2). */
export interface IssuedCode {
  readonly code: string
  readonly clientId: string
  readonly redirectUri: string
  readonly scope?: string | undefined
  readonly expiresAt: number
}

export type TokenState = 'valid' | 'expired' | 'used' | 'revoked' | 'unknown'

/** A token as it was found: what it is worth now, and what is known about it. */
export interface FoundToken {
  readonly state: TokenState
  readonly token?: IssuedToken
}

export interface TokenLedgerOptions {
  /** ms since the epoch. */
  now: () => number
  /**
   * What happens to a family when one of its rotated refresh tokens is presented again: only that request is refused,
   * or all of the family is revoked (RFC 9700 §4.14.2).
   */
  reuse: 'refuse' | 'revoke-family'
}

/** An authorization server's memory: issued tokens, their families, and codes. */
export interface TokenLedger {
  record(token: IssuedToken): IssuedToken
  /** What an access token is worth at the API. */
  findAccessToken(accessToken: string): FoundToken
  /** What a refresh token is worth; with `rotate` a valid one is used up by asking. */
  presentRefreshToken(refreshToken: string, options: { rotate: boolean }): FoundToken
  recordCode(code: IssuedCode): void
  /** The code, if it is valid; it is used up by asking. */
  presentCode(code: string): IssuedCode | undefined
  /** Revokes all tokens issued so far, and returns how many worked until now. */
  revoke(options: { refreshTokens: boolean }): number
  forget(): void
}

/** An emulator that runs for days must not grow without a bound: the oldest tokens are forgotten. */
const capacity = 20_000

/** Makes an empty {@link TokenLedger}. */
export function createTokenLedger({ now, reuse }: TokenLedgerOptions): TokenLedger {
  const byAccessToken = new Map<string, IssuedToken>()
  const byRefreshToken = new Map<string, IssuedToken>()
  const codes = new Map<string, IssuedCode>()
  const revokedTokens = new Set<string>()
  const revokedFamilies = new Set<string>()
  const usedRefreshTokens = new Set<string>()
  const all = [byAccessToken, byRefreshToken, codes, revokedTokens, revokedFamilies, usedRefreshTokens]

  const worth = (text: string, token: IssuedToken, expiresAt: number): FoundToken => {
    if (revokedTokens.has(text) || revokedFamilies.has(token.family)) return { state: 'revoked', token }
    return { state: now() < expiresAt ? 'valid' : 'expired', token }
  }

  const findAccessToken = (accessToken: string): FoundToken => {
    const token = byAccessToken.get(accessToken)
    return token ? worth(accessToken, token, token.expiresAt) : { state: 'unknown' }
  }

  return {
    record(token) {
      byAccessToken.set(token.accessToken, token)
      if (token.refreshToken) byRefreshToken.set(token.refreshToken, token)
      for (const collection of all) dropOldest(collection)
      return token
    },

    findAccessToken,

    presentRefreshToken(refreshToken, { rotate }) {
      const token = byRefreshToken.get(refreshToken)
      if (!token) return { state: 'unknown' }
      if (usedRefreshTokens.has(refreshToken)) {
        if (reuse === 'revoke-family') revokedFamilies.add(token.family)
        return { state: 'used', token }
      }
      const found = worth(refreshToken, token, token.refreshExpiresAt ?? Number.POSITIVE_INFINITY)
      if (rotate && found.state === 'valid') usedRefreshTokens.add(refreshToken)
      return found
    },

    recordCode: (code) => void codes.set(code.code, code),

    presentCode(text) {
      const code = codes.get(text)
      codes.delete(text)
      return code && now() < code.expiresAt ? code : undefined
    },

    revoke({ refreshTokens }) {
      const working = [...byAccessToken.keys()].filter((accessToken) => findAccessToken(accessToken).state === 'valid')
      for (const accessToken of byAccessToken.keys()) revokedTokens.add(accessToken)
      if (refreshTokens) for (const refreshToken of byRefreshToken.keys()) revokedTokens.add(refreshToken)
      return working.length
    },

    forget() {
      for (const collection of all) collection.clear()
    },
  }
}

function dropOldest(collection: Map<string, unknown> | Set<string>): void {
  if (collection.size <= capacity) return
  for (const oldest of collection.keys()) {
    collection.delete(oldest)
    return
  }
}
