import { vi } from 'vitest'
import { clientCredentials } from '../../../src/grants/client-credentials.ts'
import { refreshToken } from '../../../src/grants/refresh-token.ts'
import { TokenManager } from '../../../src/manager/token-manager.ts'
import { memoryStore } from '../../../src/stores/memory.ts'
import { createSeededRandom, type SeededRandom } from '../../../src/testing/seeded-random.ts'
import type { TokenRecord } from '../../../src/token/token-store.ts'
import { apiUrl, testProvider } from '../test-provider.ts'
import { FamilyServer, replyFaults } from './family-server.ts'
import { faultyStore, sharedWithNotices } from './faulty-store.ts'

// Taken before the clock is a fake one.
const realImmediate = setImmediate
const timeoutMs = 10_000
const actionCount = 25
// A store that has not answered for 5 s is left alone for 30 s, writes included.
const skippedMs = 40_000
const tombstoneMs = 10_000
/** No call may take longer, whatever happens: lock, store and endpoint each have a bound. */
const longestCallMs = 150_000

export interface ScheduleReport {
  readonly kind: string
  readonly calls: number
  readonly requests: number
  readonly revokedFamilies: number
  readonly slowestCallMs: number
  /** What may never happen and did. */
  readonly violations: readonly string[]
}

interface Call {
  readonly startedAt: number
  settledAt?: number
  outcome?: unknown
}

/** One schedule: contexts over one store, whatever the seed says goes wrong, then quiet. Runs on the fake clock. */
export async function runSchedule(seed: number): Promise<ScheduleReport> {
  const random = createSeededRandom(seed)
  // Each from the same instant, with nothing left of the one before: it then goes the same way alone as among others.
  vi.useFakeTimers({ now: Date.UTC(2026, 0, 1) })
  vi.spyOn(Math, 'random').mockImplementation(() => random.next())
  const schedule = new Schedule(random)
  try {
    await schedule.run()
    return schedule.report()
  } finally {
    schedule.dispose()
    vi.useRealTimers()
    vi.restoreAllMocks()
  }
}

class Schedule {
  readonly #random: SeededRandom
  readonly #server: FamilyServer
  readonly #managers: TokenManager[]
  readonly #calls: Call[] = []
  readonly #violations: string[] = []
  readonly #isUserGrant: boolean
  readonly #hasReplyFaults: boolean
  readonly #hasStoreFaults: boolean
  readonly #firstToken: string
  #areFaultsOn = true
  #hasCleared = false
  #passedMs = 0

  constructor(random: SeededRandom) {
    this.#random = random
    const chance = (share: number) => random.next() < share
    this.#isUserGrant = chance(0.5)
    this.#hasReplyFaults = chance(0.7)
    this.#hasStoreFaults = chance(0.4)
    this.#server = new FamilyServer({
      random,
      timeoutMs,
      lifetimeS: Math.round(20 + random.next() * 100),
      afterLostReply: chance(0.5) ? 'same-successor' : 'revoke-family',
    })
    this.#firstToken = this.#server.signIn()
    const replyRate = 0.1 + random.next() * 0.5
    this.#server.chooseFault = () => (this.#areFaultsOn && this.#hasReplyFaults && chance(replyRate) ? this.#pick(replyFaults) : undefined)
    const count = 2 + Math.floor(random.next() * 4)
    const inner = memoryStore()
    const stores = chance(0.5) ? sharedWithNotices(inner, count) : Array.from({ length: count }, () => inner)
    const storeRate = 0.05 + random.next() * 0.25
    this.#managers = stores.map((own, i) => {
      const store = faultyStore({
        inner: own,
        random,
        faultRate: () => (this.#areFaultsOn && this.#hasStoreFaults ? storeRate : 0),
        onSilence: () => this.#server.excuseWhatContextGets(i, skippedMs),
        onLostWrite: (record) => this.#excuseWhatItHides(record),
      })
      const client = { clientId: 'app', clientSecret: 'secret-of-the-app' }
      const grant = this.#isUserGrant ? refreshToken({ ...client, refreshToken: this.#firstToken }) : clientCredentials(client)
      // With a subject the key is not a hash, which WebCrypto would work out outside of the fake clock.
      return new TokenManager({
        provider: testProvider(),
        grant,
        store,
        subject: 'user',
        timeoutMs,
        fetch: this.#server.fetchOf(i),
        renewal: { scheduled: chance(0.5) },
      })
    })
  }

  async run(): Promise<void> {
    for (let i = 0; i < actionCount; i++) {
      this.#act()
      await this.#pass(this.#pick([0, 1, 30, 300, 3_000, 20_000, 60_000]) * this.#random.next())
    }
    await this.#settle('a call did not settle')
    await this.#checkQuiet()
  }

  report(): ScheduleReport {
    const { requests, revokedFamilies, violations, mostAtOnce, mostRefreshesAtOnce } = this.#server
    const all = [...this.#violations, ...violations]
    // A refresh token that others may have is used under the lock only, however slow the endpoint. The rest goes on without it.
    if (mostRefreshesAtOnce > 1 && !this.#hasStoreFaults) all.push(`${mostRefreshesAtOnce} refreshes at once`)
    if (mostAtOnce > 1 && !this.#hasStoreFaults && !this.#hasCleared) all.push(`${mostAtOnce} token requests at once`)
    if (!this.#hasReplyFaults && !this.#hasStoreFaults && !(this.#isUserGrant && this.#hasCleared) && revokedFamilies > 0) {
      all.push(`${revokedFamilies} families revoked in a schedule without a fault`)
    }
    // Each flight sends eight at most (two steps, each with two retries and one for a lost reply), and outages are remembered.
    const mostRequests = 8 * (this.#calls.length + this.#managers.length * (2 + this.#passedMs / 20_000))
    if (requests > mostRequests) all.push(`${requests} token requests, where ${Math.round(mostRequests)} are the most`)
    const slowestCallMs = Math.max(...this.#calls.map(({ startedAt, settledAt = Infinity }) => settledAt - startedAt))
    if (slowestCallMs > longestCallMs) all.push(`a call took ${slowestCallMs} ms`)
    return { kind: this.#describe(), calls: this.#calls.length, requests, revokedFamilies, slowestCallMs, violations: all }
  }

  dispose(): void {
    for (const manager of this.#managers) manager.dispose()
  }

  #describe(): string {
    const faults = [this.#hasReplyFaults && 'replies', this.#hasStoreFaults && 'store', this.#hasCleared && 'clear()'].filter(Boolean)
    return `${this.#managers.length} contexts, ${this.#isUserGrant ? 'refresh token' : 'client credentials'}, ${faults.join(' + ') || 'no faults'}`
  }

  #act(): void {
    const manager = this.#pick(this.#managers)
    const dice = this.#random.next()
    if (dice < 0.04) this.#clear(manager)
    else if (dice < 0.2) this.#call(manager.getToken({ forceRenewal: true }))
    else if (dice < 0.4) this.#call(manager.getToken({ signal: this.#abortSoon() }))
    else if (dice < 0.55) for (const each of this.#managers) this.#call(each.getToken())
    else if (dice < 0.75) this.#call(manager.fetch(`${apiUrl}/things`))
    else this.#call(manager.getToken())
  }

  #clear(manager: TokenManager): void {
    this.#hasCleared = true
    // The user has signed out: a grant that is a refresh token begins with that very one again.
    this.#server.excuse(this.#firstToken)
    // While the store is slow to take the tombstone, a renewal under way drops what it got, and others find what it used.
    if (this.#hasStoreFaults) for (const i of this.#managers.keys()) this.#server.excuseWhatContextGets(i, tombstoneMs)
    this.#call(manager.clear())
  }

  #abortSoon(): AbortSignal {
    const controller = new AbortController()
    setTimeout(() => controller.abort(), this.#random.next() * 3000)
    return controller.signal
  }

  #call(promise: Promise<unknown>): void {
    const call: Call = { startedAt: Date.now() }
    this.#calls.push(call)
    const settle = (outcome: unknown) => {
      call.settledAt = Date.now()
      call.outcome = outcome
    }
    promise.then(settle, settle)
  }

  /** A successor that nobody finds: what it took the place of looks unused to the others. */
  #excuseWhatItHides({ token }: TokenRecord): void {
    const before = token?.refreshToken && this.#server.predecessorOf(token.refreshToken)
    if (before) this.#server.excuse(before)
    // Where there is no record at all, the others begin with their grant.
    this.#server.excuse(this.#firstToken)
  }

  /** After the faults: what was remembered of them lapses, and each context gets what there is to be got. */
  async #checkQuiet(): Promise<void> {
    this.#areFaultsOn = false
    await this.#pass(120_000)
    const before = this.#server.requests
    const first = this.#calls.length
    for (const manager of this.#managers) this.#call(manager.fetch(`${apiUrl}/things`))
    await this.#settle('a call did not settle after the faults')
    for (const { outcome } of this.#calls.slice(first)) {
      const isServed = outcome instanceof Response && outcome.status === 200
      const mustSignIn = outcome instanceof Error && outcome.name === 'SignInRequiredError'
      const isSignedOut = this.#hasCleared || this.#server.revokedFamilies > 0
      if (!isServed && !(mustSignIn && this.#isUserGrant && isSignedOut)) this.#violations.push(`after the faults: ${describe(outcome)}`)
    }
    const most = 4 * this.#managers.length
    const sent = this.#server.requests - before
    if (sent > most) this.#violations.push(`${sent} token requests for ${this.#managers.length} calls after the faults`)
  }

  async #settle(violation: string): Promise<void> {
    const isOpen = () => this.#calls.some(({ settledAt }) => settledAt === undefined)
    for (let waitedMs = 0; waitedMs < 2 * longestCallMs && isOpen(); waitedMs += 5000) await this.#pass(5000)
    if (isOpen()) this.#violations.push(violation)
  }

  /** Timer by timer, with all that follows of each: the clock's own asynchronous steps wait a real millisecond each. */
  async #pass(ms: number): Promise<void> {
    const end = { isReached: false }
    setTimeout(() => {
      end.isReached = true
    }, ms)
    await flush()
    while (!end.isReached) {
      void vi.advanceTimersToNextTimer()
      await flush()
    }
    this.#passedMs += ms
  }

  #pick<T>(items: readonly T[]): T {
    return items[Math.floor(this.#random.next() * items.length)] as T
  }
}

function flush(): Promise<void> {
  return new Promise((resolve) => realImmediate(resolve))
}

function describe(outcome: unknown): string {
  if (outcome instanceof Response) return `status ${outcome.status}`
  return outcome instanceof Error ? `${outcome.name}: ${outcome.message}` : typeof outcome
}
