import type { FactBus, Family, Issued, Landing, RefreshToken, TokenRequest } from './facts.ts'
import type { Plan } from './plan.ts'
import type { VirtualTime } from './virtual-time.ts'

/** What the server says no with. */
export interface Refusal {
  readonly status: number
  readonly error: string
}

/** What the server knows: users, sign-ins, tokens. It rotates refresh tokens, and knows one that comes again. */
export class Accounts {
  readonly #time: VirtualTime
  readonly #facts: FactBus
  readonly #plan: Plan
  readonly #codes = new Map<string, { user: string; isExpired: boolean; family?: Family }>()
  readonly #refreshTokens = new Map<string, RefreshToken>()
  readonly #issued = new Map<string, Issued>()
  readonly #families: Family[] = []
  #count = 0
  /** Whether the application's secret, or the user's password, is the one that the managers have. */
  areCredentialsRight = true

  constructor(time: VirtualTime, facts: FactBus, plan: Plan) {
    this.#time = time
    this.#facts = facts
    this.#plan = plan
  }

  /** The refresh token of a sign-in that was made elsewhere, for a `refreshToken()` grant. */
  createFirstToken(user: string): RefreshToken {
    return this.#createRefreshToken(this.#createFamily(user), { isFirst: true, origin: 0 })
  }

  createCode(user: string, isExpired = false): string {
    const code = `code-${++this.#count}`
    this.#codes.set(code, { user, isExpired })
    return code
  }

  userOfCode(code: string): string | undefined {
    return this.#codes.get(code)?.user
  }

  findRefreshToken(name: string): RefreshToken | undefined {
    return this.#refreshTokens.get(name)
  }

  findIssued(accessToken: string): Issued | undefined {
    return this.#issued.get(accessToken)
  }

  get refreshTokens(): Iterable<RefreshToken> {
    return this.#refreshTokens.values()
  }

  get issued(): Iterable<Issued> {
    return this.#issued.values()
  }

  isGood({ family, until, isRevoked }: Issued): boolean {
    return !family.revoked && !isRevoked && until > this.#time.now
  }

  /** The last landing in the store of a token, or of one that it was renewed from. */
  landingOf(issued: Issued): Landing | undefined {
    let last: Landing | undefined
    for (const each of this.#lineOf(issued)) if (each.landed && each.landed.tick > (last?.tick ?? -1)) last = each.landed
    return last
  }

  #lineOf(issued: Issued): ReadonlySet<Issued> {
    const line = new Set([issued])
    for (const { request } of line) {
      const isBefore = ({ refreshToken, accessToken }: Issued) =>
        request.way === 'present' && (accessToken === request.accessToken || (refreshToken && refreshToken === request.refreshToken))
      for (const other of this.#issued.values()) if (isBefore(other)) line.add(other)
    }
    return line
  }

  /** Whether a refresh token would be granted a new one. */
  isPresentable(token: RefreshToken): boolean {
    return !token.family.revoked && (!token.successor || !this.#plan.rotates)
  }

  endSessionOf(user: string): void {
    for (const family of this.#families) if (family.user === user) family.revoked ??= 'its user signed out'
  }

  carryOut(request: TokenRequest): Issued | Refusal {
    request.isCarriedOut = true
    const outcome = this.#decide(request)
    if ('accessToken' in outcome) request.granted = outcome
    this.#facts.tell('carriedOut', request)
    return outcome
  }

  #decide(request: TokenRequest): Issued | Refusal {
    if (request.code !== undefined) return this.#exchangeCode(request, request.code)
    if (request.refreshToken) return this.#refresh(request, request.refreshToken)
    if (request.accessToken !== undefined) return this.#renew(request, request.accessToken)
    if (request.way === 'present') return { status: 400, error: 'invalid_grant' }
    if (this.areCredentialsRight) return this.#issue(request, this.#createFamily(this.#plan.grant === 'password' ? 'ann' : 'app'))
    return this.#plan.grant === 'password' ? { status: 400, error: 'invalid_grant' } : { status: 401, error: 'invalid_client' }
  }

  /** RFC 6749 §4.1.2: a code is used once, and one that comes again may end what it led to. */
  #exchangeCode(request: TokenRequest, text: string): Issued | Refusal {
    const code = this.#codes.get(text)
    if (!code || code.isExpired || code.family) {
      if (code?.family && this.#plan.afterReuse === 'revokes the family') code.family.revoked ??= 'its code came again'
      return { status: 400, error: 'invalid_grant' }
    }
    code.family = this.#createFamily(code.user)
    return this.#issue(request, code.family)
  }

  #refresh(request: TokenRequest, token: RefreshToken): Issued | Refusal {
    const { family, successor } = token
    const refused = { status: 400, error: 'invalid_grant' }
    if (family.revoked) return refused
    if (!successor || !this.#plan.rotates) return this.#issue(request, family, token)
    // The same client that asks again, since the reply was lost: so some servers take it.
    if (this.#plan.afterReuse === 'gives the same successor' && !successor.successor) return this.#issue(request, family, token, successor)
    if (this.#plan.afterReuse === 'revokes the family') family.revoked = `${token.name} came again`
    return refused
  }

  #renew(request: TokenRequest, accessToken: string): Issued | Refusal {
    const found = this.#issued.get(accessToken)
    if (!found || found.family.revoked || found.isRevoked) return { status: 400, error: 'invalid_grant' }
    return this.#issue(request, found.family)
  }

  #issue(request: TokenRequest, family: Family, presented?: RefreshToken, again?: RefreshToken): Issued {
    const { rotates, lifetimeS, grant } = this.#plan
    const origin = this.#originOf(request)
    let refreshToken = again
    if (grant !== 'client credentials, renewed by access token') {
      refreshToken ??= presented && !rotates ? presented : this.#createRefreshToken(family, { origin, predecessor: presented })
      if (presented && refreshToken !== presented) presented.successor = refreshToken
      refreshToken.origin = origin
    }
    const number = ++this.#count
    const until = this.#time.now + lifetimeS * 1000
    const issued: Issued = { number, family, accessToken: `access-${number}`, refreshToken, request, origin, until, isRevoked: false }
    this.#issued.set(issued.accessToken, issued)
    return issued
  }

  /** When what a request presents was asked for: a request with the caller's own grant begins anew. */
  #originOf({ way, refreshToken, accessToken, tick }: TokenRequest): number {
    if (way === 'ask' || refreshToken?.isFirst) return tick
    return refreshToken?.origin ?? this.#issued.get(accessToken ?? '')?.origin ?? tick
  }

  #createFamily(user: string): Family {
    const family: Family = { number: this.#families.length + 1, user }
    this.#families.push(family)
    return family
  }

  #createRefreshToken(
    family: Family,
    { origin, isFirst = false, predecessor }: { origin: number; isFirst?: boolean; predecessor?: RefreshToken | undefined },
  ): RefreshToken {
    const name = `refresh-${++this.#count}`
    const token: RefreshToken = { name, family, isFirst, origin, predecessor, presentations: [], excusedBy: new Set() }
    this.#refreshTokens.set(name, token)
    return token
  }
}
