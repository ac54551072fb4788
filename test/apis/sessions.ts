import { createHmac, randomBytes } from 'node:crypto'

/** A token that a server has issued, with the refresh token that came with it. */
export interface Session {
  /** Counts from 1 in the order of issue, over all tokens of the server. */
  readonly serial: number
  readonly token: string
  readonly refreshToken: string | undefined
  /** What else the server ties to this token, such as a CSRF value. */
  readonly extra: Readonly<Record<string, string>>
  expiresAt: number
  readonly refreshExpiresAt: number
  hasEnded: boolean
  isRefreshDead: boolean
}

export type FoundToken = { is: 'live'; session: Session } | { is: 'expired'; session: Session } | { is: 'unknown' }

export interface NewSession {
  readonly token: string
  readonly refreshToken?: string | undefined
  readonly extra?: Readonly<Record<string, string>>
}

export interface SessionTimes {
  readonly now: () => number
  readonly lifetimeMs: number
  readonly refreshLifetimeMs: number
}

/** All tokens of one server. Nothing is ever deleted, so that a record of a request can name the token that it carried. */
export class Sessions {
  readonly #times: SessionTimes
  readonly #all: Session[] = []

  constructor(times: SessionTimes) {
    this.#times = times
  }

  get count(): number {
    return this.#all.length
  }

  open({ token, refreshToken, extra = {} }: NewSession): Session {
    const session: Session = {
      serial: this.#all.length + 1,
      token,
      refreshToken,
      extra,
      expiresAt: this.expiry(),
      refreshExpiresAt: this.refreshExpiry(),
      hasEnded: false,
      isRefreshDead: false,
    }
    this.#all.push(session)
    return session
  }

  /** When a token that is issued now expires. JWTs count whole seconds, so all tokens do. */
  expiry(): number {
    return wholeSecond(this.#times.now() + this.#times.lifetimeMs)
  }

  refreshExpiry(): number {
    return wholeSecond(this.#times.now() + this.#times.refreshLifetimeMs)
  }

  /** `unknown` is a token that was never issued, was dropped, or belongs to a session that has ended. */
  find(token: string | undefined): FoundToken {
    const session = this.#all.findLast((one) => one.token === token)
    if (!session || session.hasEnded) return { is: 'unknown' }
    return { is: this.#times.now() < session.expiresAt ? 'live' : 'expired', session }
  }

  live(token: string | undefined): Session | undefined {
    const found = this.find(token)
    return found.is === 'live' ? found.session : undefined
  }

  findRefresh(refreshToken: unknown): FoundToken {
    const session = this.#all.findLast((one) => one.refreshToken !== undefined && one.refreshToken === refreshToken)
    if (!session || session.isRefreshDead) return { is: 'unknown' }
    return { is: this.#times.now() < session.refreshExpiresAt ? 'live' : 'expired', session }
  }

  /** For servers whose lifetime counts from the last use. */
  prolong(session: Session): void {
    session.expiresAt = this.expiry()
  }

  end(session: Session): void {
    session.hasEnded = true
    session.isRefreshDead = true
  }

  /** For servers whose refresh tokens are good for one use. */
  killRefresh(refreshToken: string): void {
    for (const session of this.#all) session.isRefreshDead ||= session.refreshToken === refreshToken
  }

  get liveCount(): number {
    return this.#all.filter((one) => !one.hasEnded && this.#times.now() < one.expiresAt).length
  }

  dropTokens(): void {
    for (const session of this.#all) session.hasEnded = true
  }

  killRefreshTokens(): void {
    for (const session of this.#all) session.isRefreshDead = true
  }

  /** The serials of the tokens and refresh tokens that occur in a text, wherever in a request they travel. */
  serialsIn(text: string): number[] {
    return this.#all
      .filter((one) => text.includes(one.token) || (one.refreshToken && text.includes(one.refreshToken)))
      .map((one) => one.serial)
  }
}

const wholeSecond = (instant: number): number => Math.floor(instant / 1000) * 1000

/** An opaque token: no two are alike. */
export const opaque = (prefix = ''): string => `${prefix}${randomBytes(20).toString('hex')}`

const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url')

/** A signed JWT: no two are alike. `exp` and `iat` are seconds, as RFC 7519 has them. */
export function jwt(claims: Record<string, unknown>): string {
  const signed = `${part({ alg: 'HS256', typ: 'JWT' })}.${part({ ...claims, jti: opaque() })}`
  return `${signed}.${createHmac('sha256', 'signing key of the test servers').update(signed).digest('base64url')}`
}

export const seconds = (instantMs: number): number => Math.floor(instantMs / 1000)
