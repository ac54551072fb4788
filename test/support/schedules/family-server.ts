import type { SeededRandom } from '../../../src/testing/seeded-random.ts'

/** What becomes of a token request. `unavailable` and `cut-off` strike before it is carried out, all others after. */
export type ReplyFault = 'slow' | 'unavailable' | 'cut-off' | 'lost' | 'cut' | 'bad-gateway' | 'too-slow' | 'carried-out-late'

export const replyFaults: readonly ReplyFault[] = [
  'slow',
  'unavailable',
  'cut-off',
  'lost',
  'cut',
  'bad-gateway',
  'too-slow',
  'carried-out-late',
]

interface RefreshToken {
  readonly family: number
  readonly presentedBy: Set<number>
  successor?: string
  isUsed: boolean
}

export interface FamilyServerOptions {
  readonly random: SeededRandom
  readonly lifetimeS: number
  readonly timeoutMs: number
  /** What happens to a refresh token that comes again after the reply to its first use was lost. */
  readonly afterLostReply: 'revoke-family' | 'same-successor'
}

const form = (status: number, body: object) => Response.json(body, { status })

/**
 * A token endpoint that rotates its refresh tokens and revokes the family when one comes again, and an API that takes
 * the tokens of families that stand. Time is the fake clock's; nothing else happens by chance than what the seed says.
 */
export class FamilyServer {
  readonly #options: FamilyServerOptions
  readonly #refreshTokens = new Map<string, RefreshToken>()
  readonly #access = new Map<string, { family: number; until: number }>()
  readonly #revoked = new Set<number>()
  readonly #excused = new Set<string>()
  readonly #contexts = new Map<number, { last?: string; until: number }>()
  // A request's signal follows another one only for as long as somebody holds both.
  readonly #kept: unknown[] = []
  #families = 0
  #issued = 0
  #inFlight = 0
  #quietUntil = 0
  requests = 0
  /** Most requests that were under way at a time while nothing was wrong with the endpoint. */
  mostAtOnce = 0
  mostRefreshesAtOnce = 0
  #refreshesInFlight = 0
  /** What may never happen, in words. */
  readonly violations: string[] = []
  /** Chooses the fault of the next token request. */
  chooseFault: () => ReplyFault | undefined = () => undefined

  constructor(options: FamilyServerOptions) {
    this.#options = options
  }

  get revokedFamilies(): number {
    return this.#revoked.size
  }

  /** The first refresh token of a new family, for a grant that is got elsewhere. */
  signIn(): string {
    return this.#issue(++this.#families).refreshToken
  }

  /** A fault has hidden from the others that a refresh token was used: to use it again is nobody's mistake. */
  excuse(refreshToken: string): void {
    this.#excused.add(refreshToken)
  }

  /** A context's store has stopped answering: until it is asked again, what the context gets may not be stored. */
  excuseWhatContextGets(context: number, forMs: number): void {
    const { last } = this.#contextOf(context)
    if (last !== undefined) this.#excused.add(last)
    this.#contextOf(context).until = Math.max(this.#contextOf(context).until, Date.now() + forMs)
  }

  /** The refresh token in whose place another one was issued. */
  predecessorOf(refreshToken: string): string | undefined {
    for (const [name, { successor }] of this.#refreshTokens) if (successor === refreshToken) return name
    return undefined
  }

  /** The `fetch` of one context. */
  fetchOf(context: number): typeof globalThis.fetch {
    return async (input, init) => {
      const request = new Request(input as RequestInfo, init)
      this.#kept.push(request, input)
      if (!request.url.endsWith('/token')) return this.#serve(request)
      const parameters = new URLSearchParams(await request.text())
      return this.#exchange(context, parameters, request.signal)
    }
  }

  #serve(request: Request): Response {
    const found = this.#access.get(request.headers.get('authorization')?.replace('Bearer ', '') ?? '')
    const isGood = found && !this.#revoked.has(found.family) && found.until > Date.now()
    return new Response(null, { status: isGood ? 200 : 401 })
  }

  async #exchange(context: number, parameters: URLSearchParams, signal: AbortSignal): Promise<Response> {
    const isRefresh = parameters.get('grant_type') === 'refresh_token'
    this.requests++
    this.#inFlight++
    if (isRefresh) this.#refreshesInFlight++
    const fault = this.chooseFault()
    // A waiter of a grant that uses up nothing may go on alone after 2 s: the endpoint is not working, then.
    if (fault) this.#quietUntil = Date.now() + 60_000
    if (Date.now() >= this.#quietUntil) this.mostAtOnce = Math.max(this.mostAtOnce, this.#inFlight)
    this.mostRefreshesAtOnce = Math.max(this.mostRefreshesAtOnce, this.#refreshesInFlight)
    try {
      return await abortable(this.#answer(context, parameters, fault), signal)
    } finally {
      this.#inFlight--
      if (isRefresh) this.#refreshesInFlight--
    }
  }

  async #answer(context: number, parameters: URLSearchParams, fault: ReplyFault | undefined): Promise<Response> {
    const { random, timeoutMs } = this.#options
    await sleep(1 + random.next() * 80)
    if (fault === 'unavailable') return new Response('no', { status: 503 })
    if (fault === 'cut-off') throw new TypeError('fetch failed')
    const isLost = fault !== undefined && fault !== 'slow'
    if (fault === 'carried-out-late') {
      this.#excuse(parameters)
      await sleep(timeoutMs + random.next() * 3000)
    }
    const response = this.#carryOut(context, parameters, isLost)
    if (fault === 'slow') await sleep(random.next() * timeoutMs * 0.9)
    if (fault === 'too-slow') await sleep(timeoutMs * 2)
    if (fault === 'lost') throw new TypeError('fetch failed')
    if (fault === 'bad-gateway') return new Response('no', { status: 502 })
    return fault === 'cut' ? cutOff(await response.text()) : response
  }

  #contextOf(context: number): { last?: string; until: number } {
    const found = this.#contexts.get(context) ?? { until: 0 }
    this.#contexts.set(context, found)
    return found
  }

  #excuse(parameters: URLSearchParams): void {
    const presented = parameters.get('refresh_token')
    if (presented) this.#excused.add(presented)
  }

  #carryOut(context: number, parameters: URLSearchParams, isReplyLost: boolean): Response {
    const name = parameters.get('refresh_token')
    if (name === null) return form(200, this.#toReply(this.#issue(++this.#families)))
    const token = this.#refreshTokens.get(name)
    if (!token) {
      this.violations.push(`context ${context} presented a refresh token that nobody issued`)
      return form(400, { error: 'invalid_grant' })
    }
    // A family that was revoked through a fault: each context may find that out for itself.
    if (this.#revoked.has(token.family)) return form(400, { error: 'invalid_grant' })
    const isExcused = this.#excused.has(name)
    const presenter = this.#contextOf(context)
    presenter.last = name
    if (Date.now() < presenter.until) this.#excused.add(name)
    token.presentedBy.add(context)
    if (token.presentedBy.size > 1 && !isExcused) this.violations.push(`contexts ${[...token.presentedBy]} presented ${name}`)
    if (isReplyLost) this.#excused.add(name)
    if (!token.isUsed) {
      token.isUsed = true
      const issued = this.#issue(token.family)
      token.successor = issued.refreshToken
      return form(200, this.#toReply(issued))
    }
    // Its successor was not used yet: some servers then take it for what it is, the same client that asks again.
    const successor = this.#refreshTokens.get(token.successor ?? '')
    if (isExcused && this.#options.afterLostReply === 'same-successor' && successor && !successor.isUsed) {
      const issued = this.#issue(token.family)
      token.successor = issued.refreshToken
      return form(200, this.#toReply(issued))
    }
    this.#revoked.add(token.family)
    if (!isExcused) this.violations.push(`context ${context} used ${name} again: family ${token.family} revoked without a fault`)
    return form(400, { error: 'invalid_grant' })
  }

  #issue(family: number): { accessToken: string; refreshToken: string } {
    const number = ++this.#issued
    const issued = { accessToken: `access-${number}`, refreshToken: `refresh-${number}` }
    this.#access.set(issued.accessToken, { family, until: Date.now() + this.#options.lifetimeS * 1000 })
    this.#refreshTokens.set(issued.refreshToken, { family, presentedBy: new Set(), isUsed: false })
    return issued
  }

  #toReply({ accessToken, refreshToken }: { accessToken: string; refreshToken: string }) {
    return { access_token: accessToken, refresh_token: refreshToken, token_type: 'Bearer', expires_in: this.#options.lifetimeS }
  }
}

export function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}

function cutOff(text: string): Response {
  const body = new ReadableStream({
    start(controller) {
      controller.enqueue(new TextEncoder().encode(text.slice(0, text.length / 2)))
      controller.error(new TypeError('terminated'))
    },
  })
  return new Response(body, { headers: { 'content-type': 'application/json' } })
}

async function abortable<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  work.catch(() => {})
  signal.throwIfAborted()
  const aborted = new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true })
  })
  return Promise.race([work, aborted])
}
