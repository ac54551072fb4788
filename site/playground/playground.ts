import type { Provider } from 'tokenwell'
import { type CallEnd, Session } from './session.ts'
import { type ApiId, createWorld, type World } from './world.ts'

export interface PlaygroundOptions {
  readonly lifetimeMs: number
  /** How long a request is on its way. */
  readonly latencyMs: number
  /** The network comes back by itself after so long. */
  readonly outageMs: number
  /** What the reader's own API is called with, until he writes another one. */
  readonly ownProvider: Provider
}

/** How some calls at once ended, and what they cost. */
export interface CallsResult {
  readonly ends: readonly CallEnd[]
  readonly tookMs: number
  readonly tokenRequests: number
  readonly rejectedCalls: number
}

/** What the page shows, without any picture: the servers, and one manager at a time. */
export class Playground {
  readonly #options: PlaygroundOptions
  readonly #world: World
  readonly #listeners = new Set<() => void>()
  #api: ApiId = 'cam2'
  #ownProvider: Provider
  #lifetimeMs: number
  #session: Session
  #outage: { readonly timer: ReturnType<typeof setTimeout>; readonly endsAt: number } | undefined
  #ticker: ReturnType<typeof setInterval> | undefined

  constructor(options: PlaygroundOptions) {
    this.#options = options
    this.#ownProvider = options.ownProvider
    this.#lifetimeMs = options.lifetimeMs
    this.#world = createWorld(options.lifetimeMs, options.latencyMs)
    this.#session = this.#open()
  }

  get api(): ApiId {
    return this.#api
  }

  get session(): Session {
    return this.#session
  }

  get lifetimeMs(): number {
    return this.#lifetimeMs
  }

  get isCutOff(): boolean {
    return this.#world.network.isCutOff
  }

  get isCalling(): boolean {
    return this.#ticker !== undefined
  }

  /** Calls it when there is something else to show. Returns the function that stops it. */
  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  /** Begins anew with another API. */
  choose(api: ApiId): void {
    this.#api = api
    this.#begin()
  }

  /** Begins anew with the reader's API. */
  useProvider(provider: Provider): void {
    this.#ownProvider = provider
    this.choose('own')
  }

  /** Begins anew with tokens that live longer, or less long. */
  setLifetime(lifetimeMs: number): void {
    this.#lifetimeMs = lifetimeMs
    this.#world.setLifetime(lifetimeMs)
    this.#begin()
  }

  /** Calls the API so many times at once. `undefined` where the reader has begun something else meanwhile. */
  async call(count: number): Promise<CallsResult | undefined> {
    const session = this.#session
    const counters = this.#world.countersOf(this.#api)
    const before = { ...counters }
    const startedAt = performance.now()
    const ends = await Promise.all(Array.from({ length: count }, () => session.call()))
    if (session !== this.#session) return undefined
    return {
      ends,
      tookMs: performance.now() - startedAt,
      tokenRequests: counters.tokenRequests - before.tokenRequests,
      rejectedCalls: counters.rejectedCalls - before.rejectedCalls,
    }
  }

  /** Goes on calling, once a second, or stops it. */
  setCalling(isCalling: boolean): void {
    clearInterval(this.#ticker)
    this.#ticker = isCalling ? setInterval(() => void this.#session.call(), 1_000) : undefined
    this.#changed()
  }

  /** At the server: the manager is not told. */
  revoke(): void {
    this.#world.revoke(this.#api)
    this.#session.add({ kind: 'revoked', at: Date.now() })
  }

  cutOff(): void {
    if (this.#outage) return
    const { outageMs } = this.#options
    const at = Date.now()
    this.#world.network.isCutOff = true
    this.#outage = { timer: setTimeout(() => this.restore(), outageMs), endsAt: at + outageMs }
    this.#session.add({ kind: 'cutOff', at, until: at + outageMs })
  }

  restore(): void {
    if (!this.#outage) return
    clearTimeout(this.#outage.timer)
    this.#outage = undefined
    this.#world.network.isCutOff = false
    this.#session.add({ kind: 'restored', at: Date.now() })
  }

  async signOut(): Promise<void> {
    await this.#session.signOut()
  }

  dispose(): void {
    clearInterval(this.#ticker)
    clearTimeout(this.#outage?.timer)
    this.#session.dispose()
    this.#listeners.clear()
  }

  #begin(): void {
    this.#session.dispose()
    this.#session = this.#open()
    // The outage goes on, and the new lane has not seen its beginning.
    if (this.#outage) this.#session.add({ kind: 'cutOff', at: Date.now(), until: this.#outage.endsAt })
    this.#changed()
  }

  #open(): Session {
    const api = this.#api === 'own' ? this.#world.connectOwn(this.#ownProvider) : this.#world.connect(this.#api)
    return new Session(api, this.#world.network.fetch, () => this.#changed())
  }

  #changed(): void {
    for (const listener of [...this.#listeners]) listener()
  }
}
