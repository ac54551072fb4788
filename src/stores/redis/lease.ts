import { TokenStoreError } from '../../base/errors.ts'
import { randomId } from '../../base/random-id.ts'
import { sleep, startBackgroundTimer } from '../../base/time.ts'
import type { LockOptions, TokenRecord } from '../../token/token-store.ts'
import { isPatient, type RedisConnection } from './connection.ts'
import { acquireScript, beatScript, releaseScript } from './scripts.ts'

// What a round trip needs.
const lastTryMs = 20

// Only bounds what a dead holder leaves behind: long, so that a lease outlives a Redis that hangs or cannot be reached.
const leaseMs = 600_000
// A holder that lives changes its lease this often.
const beatMs = 300
// Who waits takes over a lease that has not changed for this share of its own wait, and never for less than the least:
// before it gives up, and far longer than a living holder takes.
const deadAfter = { share: 0.6, leastMs: 1_500 }
// Soon at first, since most renewals are short; then seldom, since a whole fleet may wait.
const poll = { firstMs: 25, growth: 1.25, longestMs: 150 }
const settleMs = 250

/** A lock that is held in Redis, for as long as its holder lives and shows it. */
export class RedisLease {
  /** A record that could not be written while the lease was held, and has to be before anybody else takes it. */
  unwritten: TokenRecord | undefined
  /** What begins the text of this lease, and of no other. */
  readonly token = `${randomId()}:`
  /** Whether its holder rather waits for Redis than goes on without it. */
  readonly isPatient: boolean
  readonly #connection: RedisConnection
  readonly #key: string
  #knownIds = ''
  #beats = 0
  #timer: ReturnType<typeof setTimeout> | undefined
  #isReleased = false

  private constructor(connection: RedisConnection, key: string, waitMs: number) {
    this.#connection = connection
    this.#key = key
    this.isPatient = isPatient(waitMs)
  }

  /** @throws TokenStoreError when it was not free within the wait (`lock_not_acquired`), or Redis fails; the signal's reason */
  static async acquire(
    connection: RedisConnection,
    key: string,
    { waitMs, signal }: LockOptions,
    holder: HolderWatch,
  ): Promise<RedisLease> {
    const startedAt = performance.now()
    const remainingMs = () => waitMs - (performance.now() - startedAt)
    const deadAfterMs = Math.max(deadAfter.leastMs, waitMs * deadAfter.share)
    let isLastTry = false
    for (let pollMs = poll.firstMs; ; pollMs = Math.min(pollMs * poll.growth, poll.longestMs)) {
      signal?.throwIfAborted()
      const lease = new RedisLease(connection, key, waitMs)
      const text = await lease.#take(holder.deadText(deadAfterMs), remainingMs()).catch((error) => {
        throw remainingMs() > 0 ? error : notAcquired(waitMs)
      })
      if (text === lease.#text) {
        if (remainingMs() > 0 && !signal?.aborted) {
          lease.#beatLater()
          return lease
        }
        lease.settle()
        signal?.throwIfAborted()
      }
      holder.see(text)
      // Not in step: many wait for one lease.
      const delayMs = pollMs * (0.5 + Math.random())
      if (isLastTry || remainingMs() <= 0) throw notAcquired(waitMs)
      // The wait is used to its end: a last try just before it, however long the next pause would be.
      isLastTry = remainingMs() <= delayMs
      await sleep(isLastTry ? Math.max(0, remainingMs() - lastTryMs) : delayMs, { signal })
    }
  }

  /** Remembers records that this holder has read or written: to overwrite them loses nothing. */
  know(id: unknown): void {
    if (typeof id === 'string' && !this.#knownIds.includes(id)) this.#knownIds += `${id} `
  }

  get knownIds(): string {
    return this.#knownIds
  }

  /**
   * Gives the lease back, when `write` has written what was left unwritten. Tries for as long as the lease could last, in
   * the background: Redis may be away just now.
   */
  async settle(write: (record: TokenRecord) => Promise<void> = async () => {}): Promise<void> {
    const endsAt = performance.now() + leaseMs
    while (performance.now() < endsAt) {
      try {
        while (this.unwritten) {
          const record = this.unwritten
          await write(record)
          if (this.unwritten === record) this.unwritten = undefined
        }
        await this.#release()
        break
      } catch {
        await sleep(settleMs)
      }
    }
    this.#stopBeating()
  }

  get #text(): string {
    return `${this.token}${this.#beats}`
  }

  async #take(deadText: string, waitMs: number): Promise<unknown> {
    const taken = this.#text
    return this.#connection.ask(
      (client) => client.eval(acquireScript, { keys: [this.#key], arguments: [taken, String(leaseMs), deadText] }),
      {
        isPatient: this.isPatient,
        // One round trip fits in, however little is left.
        withinMs: Math.max(waitMs, 20),
        // It came after its wait: given back.
        onLate: (text) => text === taken && this.settle(),
      },
    )
  }

  #beatLater(): void {
    if (this.#isReleased) return
    this.#timer = startBackgroundTimer(() => {
      this.#beats++
      this.#connection
        .send((client) => client.eval(beatScript, { keys: [this.#key], arguments: [this.token, this.#text, String(leaseMs)] }))
        .catch(() => {})
        // Waits for the answer: beats do not pile up before a Redis that hangs.
        .then(() => this.#beatLater())
    }, beatMs)
  }

  #stopBeating(): void {
    this.#isReleased = true
    clearTimeout(this.#timer)
  }

  async #release(): Promise<void> {
    await this.#connection.send((client) => client.eval(releaseScript, { keys: [this.#key], arguments: [this.token] }))
    this.#stopBeating()
  }
}

/**
 * Finds out whether the holder of a lease still lives, by looking at it again and again: in one wait, or in several where
 * Redis fails in between.
 */
export class HolderWatch {
  #text: unknown
  #lookedAt = 0
  #unchangedMs = 0

  see(text: unknown): void {
    const now = performance.now()
    // No more than a pause between two looks: while a machine sleeps, or Redis is away, the holder cannot show that it lives.
    const pauseMs = Math.min(now - this.#lookedAt, 1.5 * poll.longestMs)
    this.#unchangedMs = text === this.#text ? this.#unchangedMs + pauseMs : 0
    this.#text = text
    this.#lookedAt = now
  }

  /** The text of the lease that a dead holder has left, or ''. */
  deadText(deadAfterMs: number): string {
    return typeof this.#text === 'string' && this.#unchangedMs >= deadAfterMs ? this.#text : ''
  }
}

function notAcquired(waitMs: number): TokenStoreError {
  return new TokenStoreError('lock_not_acquired', `The lock in Redis was not free within ${waitMs} ms: try again.`)
}
