import { authorizationCode } from '../../../src/grants/authorization-code.ts'
import { clientCredentials } from '../../../src/grants/client-credentials.ts'
import { password } from '../../../src/grants/password.ts'
import { refreshToken } from '../../../src/grants/refresh-token.ts'
import { TokenManager } from '../../../src/manager/token-manager.ts'
import type { Token } from '../../../src/token/token.ts'
import type { Grant } from '../../../src/vocabulary/grant.ts'
import { eventNames } from '../event-names.ts'
import { apiUrl, testProvider } from '../test-provider.ts'
import { EventLoop } from './event-loop.ts'
import type { Call, Client } from './facts.ts'
import { FaultyStore } from './faulty-store.ts'
import { timeoutMs } from './token-server.ts'
import type { World } from './world.ts'

const client = { clientId: 'app', clientSecret: 'secret-of-the-app' }

/** A process or tab: its event loop and clock, and the manager that it uses now. */
export class Context {
  readonly number: number
  readonly loop: EventLoop
  readonly #world: World
  readonly #isClockGiven: boolean
  readonly #isScheduled: boolean
  #current: Client | undefined
  #starts = 0

  constructor(world: World, number: number) {
    const { time, dice } = world
    this.#world = world
    this.number = number
    this.loop = new EventLoop(time)
    this.#isClockGiven = dice.chance(0.5)
    this.loop.isDateSkewed = !this.#isClockGiven
    this.#isScheduled = dice.chance(0.5)
  }

  get client(): Client {
    return this.#current as Client
  }

  /** Begins with a manager of its own, or with another one in its place, whose calls under way go on. */
  start(grant: Grant, user?: string): void {
    this.#current?.manager.dispose()
    const { world, loop } = { world: this.#world, loop: this.loop }
    const name = `c${this.number}${'abcdefghijklmnopqrstuvwxyz'[this.#starts++]}`
    // The manager and the client know one another.
    const started = { name, context: this.number, loop } as { -readonly [K in keyof Client]: Client[K] }
    const subscribe = world.plan.hasNotices ? world.notices.subscribeAs(started) : undefined
    started.manager = new TokenManager({
      provider: testProvider(world.plan.grant === 'client credentials, renewed by access token' ? renewedByAccessToken : {}),
      grant,
      store: new FaultyStore(world.shared, started, subscribe),
      // With a subject the key is not a hash, which WebCrypto would work out outside of virtual time.
      subject: 'user',
      timeoutMs,
      fetch: async (input, init) => {
        const http = new Request(input as RequestInfo, init)
        return http.url.startsWith(apiUrl) ? world.api.answer(started, http) : world.server.answer(started, http)
      },
      renewal: { scheduled: this.#isScheduled },
      ...(this.#isClockGiven && { now: () => loop.now() }),
    })
    for (const event of eventNames) {
      started.manager.on(event, (what) => world.facts.tell('event', { client: started, name: event, event: { ...what } }))
    }
    this.#current = started
    world.facts.tell('started', { client: started, user })
  }

  getToken(options?: { forceRenewal?: boolean; signal?: AbortSignal }): void {
    this.#call(options?.forceRenewal ? 'forced getToken' : 'getToken', ({ manager }) => manager.getToken(options))
  }

  fetch(method: 'GET' | 'POST', signal?: AbortSignal): void {
    this.#call(method, ({ manager }, number) => {
      const url = `${apiUrl}/things?call=${number}`
      if (method === 'GET' && !signal) return manager.fetch(url)
      return manager.fetch(url, { method, signal: signal ?? null, ...(method === 'POST' && { body: 'a thing' }) })
    })
  }

  clear(): void {
    this.#call('clear', ({ manager }) => manager.clear())
  }

  /** Makes a call when the loop runs. */
  #call(what: Call['what'], make: (client: Client, number: number) => Promise<unknown>): void {
    this.loop.read(() => {
      const { world, client: by } = { world: this.#world, client: this.client }
      const { facts, time, calls } = world
      const number = calls.size + 1
      const call: Call = { number, what, client: by, tick: facts.tick, startedAt: time.now, blockedMs: this.loop.blockedMs }
      calls.set(number, call)
      facts.tell('called', call)
      const settle = (outcome: unknown) => {
        call.settledAt = time.now
        call.outcome = outcome
        const issued = isToken(outcome) && world.accounts.findIssued(outcome.accessToken)
        if (issued) facts.tell('served', { client: by, issued, call, how: 'returned' })
        facts.tell('settled', call)
      }
      make(by, number).then(settle, settle)
    })
  }
}

const renewedByAccessToken = {
  renewal: { by: 'access_token', url: 'https://auth.example.com/refresh', parameter: 'token', windowMs: 86_400_000 },
} as const

function isToken(value: unknown): value is Token {
  return typeof value === 'object' && value !== null && 'accessToken' in value
}

/** The grant of a manager, of the kind that the plan says. */
export function createGrant(
  { plan, accounts, firstToken }: World,
  { user, isExpired }: { user?: string | undefined; isExpired?: boolean } = {},
): Grant {
  switch (plan.grant) {
    case 'client credentials':
    case 'client credentials, renewed by access token':
      return clientCredentials(client)
    case 'password':
      return password({ ...client, username: 'ann', password: 'password-of-ann' })
    case 'refresh token':
      return refreshToken({ ...client, refreshToken: firstToken })
    case 'authorization code':
    case 'stored sign-in':
      return authorizationCode(user === undefined ? client : { ...client, code: accounts.createCode(user, isExpired) })
  }
}
