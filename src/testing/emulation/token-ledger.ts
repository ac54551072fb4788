/** What an authorization server remembers of a token that it issued. Instants are ms since the epoch. */
export interface IssuedToken {
  readonly accessToken: string
  readonly expiresAt: number
  readonly refreshToken?: string | undefined
  readonly refreshExpiresAt?: number | undefined
  readonly clientId: string
  readonly grantType: string
  /** `null`: the server gave none. */
  readonly scope?: string | null | undefined
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
  readonly scope: string | null
  readonly expiresAt: number
}

export type TokenState = 'valid' | 'expired' | 'used' | 'revoked' | 'unknown'

/** A token as it was found: what it is worth now, and what is known about it. */
export interface FoundToken {
  readonly state: TokenState
  readonly token?: IssuedToken
}

/** A code as it was found. */
export interface FoundCode {
  readonly state: TokenState
  readonly code?: IssuedCode
}

/**
 * A request that presents something. A server whose check and use are not one step takes one code or refresh token from
 * several requests: from those that had arrived when the first of them was answered.
 */
export interface Presentation {
  /** What {@link TokenLedger.tick} said when the request arrived. */
  readonly arrivedAt: number
  /** From how many such requests the same text is taken. @default 1 */
  readonly atMost?: number
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
  /** Counts up with each call: tells what came before what, whatever the clock says. */
  tick(): number
  record(token: IssuedToken): IssuedToken
  /** What an access token is worth at the API. */
  findAccessToken(accessToken: string): FoundToken
  /** What a refresh token is worth to a request. */
  findRefreshToken(refreshToken: string, presentation?: Presentation): FoundToken
  recordCode(code: IssuedCode): void
  /** What a code is worth to a request. */
  findCode(code: string, presentation?: Presentation): FoundCode
  /** A code or a refresh token was exchanged: requests that arrive later get nothing for it. */
  useUp(text: string): void
  /** Revokes all tokens issued so far, and returns how many worked until now. */
  revoke(options: { refreshTokens: boolean }): number
  /** How often that was done. */
  readonly revocations: number
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
  const uses = new Map<string, { readonly at: number; readonly times: number }>()
  const all = [byAccessToken, byRefreshToken, codes, revokedTokens, revokedFamilies, uses]
  let ticks = 0
  let revocations = 0

  const stateUntil = (expiresAt: number): TokenState => (now() < expiresAt ? 'valid' : 'expired')
  const worth = (text: string, { family }: IssuedToken, expiresAt: number): TokenState =>
    revokedTokens.has(text) || revokedFamilies.has(family) ? 'revoked' : stateUntil(expiresAt)

  const isUsedUp = (text: string, { arrivedAt = Number.POSITIVE_INFINITY, atMost = 1 }: Partial<Presentation> = {}): boolean => {
    const use = uses.get(text)
    return use !== undefined && (arrivedAt > use.at || use.times >= atMost)
  }

  const findAccessToken = (accessToken: string): FoundToken => {
    const token = byAccessToken.get(accessToken)
    return token ? { state: worth(accessToken, token, token.expiresAt), token } : { state: 'unknown' }
  }

  return {
    tick: () => ++ticks,

    record(token) {
      byAccessToken.set(token.accessToken, token)
      if (token.refreshToken) byRefreshToken.set(token.refreshToken, token)
      for (const collection of all) dropOldest(collection)
      return token
    },

    findAccessToken,

    findRefreshToken(refreshToken, presentation) {
      const token = byRefreshToken.get(refreshToken)
      if (!token) return { state: 'unknown' }
      if (isUsedUp(refreshToken, presentation)) {
        if (reuse === 'revoke-family') revokedFamilies.add(token.family)
        return { state: 'used', token }
      }
      return { state: worth(refreshToken, token, token.refreshExpiresAt ?? Number.POSITIVE_INFINITY), token }
    },

    recordCode: (code) => void codes.set(code.code, code),

    findCode(text, presentation) {
      const code = codes.get(text)
      if (!code) return { state: 'unknown' }
      return { state: isUsedUp(text, presentation) ? 'used' : stateUntil(code.expiresAt), code }
    },

    useUp(text) {
      const { at = ++ticks, times = 0 } = uses.get(text) ?? {}
      uses.set(text, { at, times: times + 1 })
    },

    revoke({ refreshTokens }) {
      revocations++
      const working = [...byAccessToken.keys()].filter((accessToken) => findAccessToken(accessToken).state === 'valid')
      for (const accessToken of byAccessToken.keys()) revokedTokens.add(accessToken)
      if (refreshTokens) for (const refreshToken of byRefreshToken.keys()) revokedTokens.add(refreshToken)
      return working.length
    },

    get revocations() {
      return revocations
    },

    forget() {
      revocations = 0
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
