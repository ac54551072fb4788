import type { Accounts, Refusal } from './accounts.ts'
import type { Client, FactBus, Issued, TokenRequest } from './facts.ts'
import { replyFaults } from './fault-names.ts'
import type { Dice, Plan } from './plan.ts'
import type { VirtualTime } from './virtual-time.ts'

type ReplyFault = (typeof replyFaults)[number]

export interface ServerOptions {
  readonly time: VirtualTime
  readonly facts: FactBus
  readonly dice: Dice
  readonly plan: Plan
  readonly accounts: Accounts
  /** Whether faults of a group are to strike now. */
  readonly isOn: (group: 'replies' | 'api') => boolean
}

/** How long a manager waits for a token request, ms. */
export const timeoutMs = 10_000

/** The token endpoint on the wire: what arrives of a request, and what of the reply. */
export class TokenServer {
  readonly #options: ServerOptions
  // A request's signal may follow another one only for as long as somebody holds both.
  readonly #kept: unknown[] = []
  readonly #last = new Map<Client, TokenRequest>()
  #count = 0

  constructor(options: ServerOptions) {
    this.#options = options
  }

  /** Answers a client. Its loop reads the answer when it runs. */
  async answer(client: Client, http: Request): Promise<Response> {
    this.#kept.push(http)
    const request = this.#read(client, http, new URLSearchParams(await http.text()))
    const { facts } = this.#options
    facts.tell('sent', request)
    request.refreshToken?.presentations.push(request)
    const end = (state: TokenRequest['state']) => {
      if (request.state !== 'under way') return
      request.state = state
      facts.tell('ended', request)
    }
    return new Promise((resolve, reject) => {
      const abort = () => {
        end('lost')
        reject(http.signal.reason)
      }
      http.signal.addEventListener('abort', abort, { once: true })
      const isGivenUp = () => http.signal.aborted
      this.#options.time
        .runIn(undefined, () => this.#reply(request, isGivenUp))
        .then(
          ({ response, state }) =>
            client.loop.read(() => {
              if (request.state === 'lost') facts.tell('thrownAway', request)
              end(state)
              resolve(response)
            }),
          (error: unknown) =>
            client.loop.read(() => {
              end('lost')
              reject(error)
            }),
        )
    })
  }

  #read(client: Client, { url, signal }: Request, parameters: URLSearchParams): TokenRequest {
    const { accounts, time, facts } = this.#options
    const name = parameters.get('refresh_token')
    const refreshToken = name === null ? undefined : accounts.findRefreshToken(name)
    if (name !== null && !refreshToken) facts.tell('violated', `${client.name} presents a refresh token that nobody has issued`)
    const isPresent = name === null ? url.endsWith('/refresh') : !refreshToken?.isFirst
    if (signal.aborted) facts.tell('violated', `${client.name} sends a request that is aborted`)
    const code = parameters.get('code') ?? undefined
    const last = this.#last.get(client)
    const isRepeated = last && /lost|failed/.test(last.state) && last.refreshToken === refreshToken && last.code === code
    const request: TokenRequest = {
      number: ++this.#count,
      tick: facts.tick,
      begunTick: isRepeated ? last.begunTick : facts.tick,
      sentAt: time.now,
      client,
      way: isPresent ? 'present' : 'ask',
      refreshToken,
      code,
      accessToken: parameters.get('token') ?? undefined,
      state: 'under way',
      isCarriedOut: false,
    }
    this.#last.set(client, request)
    return request
  }

  /** What comes back, where it comes back in time. */
  async #reply(request: TokenRequest, isGivenUp: () => boolean): Promise<{ response: Response; state: TokenRequest['state'] }> {
    const { time, dice, facts, plan, isOn, accounts } = this.#options
    const fault = isOn('replies') && dice.chance(plan.replyRate) ? dice.pick(replyFaults) : undefined
    if (fault) facts.tell('fault', { name: fault, where: request.client.name })
    await time.sleep(dice.between(1, 80))
    if (fault === 'request cut off') throw new TypeError('fetch failed')
    const busy = fault && busyReply(fault, dice)
    if (busy) return this.#arriving(busy, 'failed', request, isGivenUp)
    if (fault === 'carried out late') await time.sleep(timeoutMs + dice.between(0, 3000))
    const outcome = accounts.carryOut(request)
    const reply = toResponse(outcome, plan.lifetimeS)
    if (fault === 'slow reply') await time.sleep(dice.between(100, timeoutMs - 500))
    if (fault === 'reply too slow') await time.sleep(timeoutMs * 2)
    if (fault === 'reply lost') throw new TypeError('fetch failed')
    await time.sleep(dice.between(1, 20))
    if (fault === 'reply cut') return this.#arriving(cutOff(await reply.text()), 'lost', request, isGivenUp)
    if (fault === 'unreadable reply') return this.#arriving(html(200), 'lost', request, isGivenUp)
    if (fault === 'bad gateway') return this.#arriving(html(502), 'failed', request, isGivenUp)
    return this.#arriving(reply, 'accessToken' in outcome ? 'granted' : 'refused', request, isGivenUp)
  }

  /** A reply that comes when nobody listens any more is lost; one that has come is not. */
  #arriving(response: Response, state: TokenRequest['state'], request: TokenRequest, isGivenUp: () => boolean) {
    if (isGivenUp()) throw new TypeError('fetch failed')
    request.status = response.status
    return { response, state }
  }
}

function busyReply(fault: ReplyFault, dice: Dice): Response | undefined {
  const after = { 'retry-after': String(dice.pick([1, 3, 10, 40])) }
  if (fault === 'unavailable') return new Response('no', { status: 503 })
  if (fault === 'unavailable with Retry-After') return new Response('no', { status: 503, headers: after })
  if (fault === 'throttled') return new Response('no', { status: 429, headers: dice.chance(0.5) ? after : {} })
  return undefined
}

function toResponse(outcome: Issued | Refusal, lifetimeS: number): Response {
  if (!('accessToken' in outcome)) return Response.json({ error: outcome.error }, { status: outcome.status })
  const { accessToken, refreshToken, request } = outcome
  // Where it stays the same, some servers do not repeat it.
  const isNew = refreshToken && refreshToken !== request.refreshToken
  return Response.json({
    access_token: accessToken,
    token_type: 'Bearer',
    expires_in: lifetimeS,
    ...(isNew && { refresh_token: refreshToken.name }),
  })
}

function html(status: number): Response {
  return new Response('<html>No</html>', { status, headers: { 'content-type': 'text/html' } })
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
