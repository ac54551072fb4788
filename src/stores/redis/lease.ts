import { TokenStoreError } from '../../base/errors.ts'
import { randomId } from '../../base/random-id.ts'
import { sleep, startBackgroundTimer } from '../../base/time.ts'
import type { LockOptions, TokenRecord } from '../../token/token-store.ts'
import { isPatient, type RedisConnection } from './connection.ts'
import type { HolderWatch } from './holder-watch.ts'
import { acquireScript, beatScript, releaseScript } from './scripts.ts'
import { beatMs, deadAfter, poll } from './timing.ts'

// Only bounds what a dead holder leaves behind: long, so that a lease outlives a Redis that hangs or cannot be reached.
const leaseMs = 600_000
// Time for the last try.
const lastTryMs = 20
const settleMs = 250

export interface LeaseContext {
  readonly connection: RedisConnection
  readonly key: string
  /** What is known of its holder. */
  readonly holder: HolderWatch
}

/** A lock that is held in Redis, for as long as its holder lives and shows it. */
export class RedisLease {
  /** A record that could not be written while the lease was held, and has to be before anybody else acquires it. */
  unwritten: TokenRecord | undefined
  /** What begins the text of this lease, and of no other. */
  readonly token = `${randomId()}:`
  /** Whether its holder rather waits for Redis than goes on without it. */
  readonly isPatient: boolean
  readonly #connection: RedisConnection
  readonly #key: string
  #seenIds = ' '
  #beats = 0
  #timer: ReturnType<typeof setTimeout> | undefined
  #isReleased = false

  private constructor({ connection, key }: LeaseContext, waitMs: number) {
    this.#connection = connection
    this.#key = key
    this.isPatient = isPatient(waitMs)
  }

  /** @throws TokenStoreError when it was not free within the wait (`lock_not_acquired`), or Redis fails; the signal's reason */
  static async acquire(context: LeaseContext, { waitMs, signal }: LockOptions): Promise<RedisLease> {
    const { holder } = context
    const until = performance.now() + waitMs
    const remainingMs = () => until - performance.now()
    const deadAfterMs = Math.max(deadAfter.leastMs, waitMs * deadAfter.share)
    let isLastTry = false
    for (let pollMs = poll.firstMs; ; pollMs = Math.min(pollMs * poll.growth, poll.longestMs)) {
      signal?.throwIfAborted()
      const lease = new RedisLease(context, waitMs)
      const text = await lease.#take(holder.deadText(deadAfterMs), until).catch((error) => {
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
      // At random, since many may wait for one lease.
      const delayMs = pollMs * (0.5 + Math.random())
      if (isLastTry || remainingMs() <= 0) throw notAcquired(waitMs)
      // The wait is used to its end: a last try just before it, however long the next pause would be.
      isLastTry = remainingMs() <= delayMs
      await sleep(isLastTry ? Math.max(0, remainingMs() - lastTryMs) : delayMs, { signal })
    }
  }

  /** Notes a record that this holder has read or written: to overwrite it loses nothing. */
  noteSeen(id: unknown): void {
    if (typeof id === 'string' && !this.#seenIds.includes(` ${id} `)) this.#seenIds += `${id} `
  }

  /** The ids of the records that this holder has seen, each between spaces. */
  get seenIds(): string {
    return this.#seenIds
  }

  /**
   * Gives the lease back, once `write` has written the record that was left unwritten. Tries in the background for as long
   * as the lease could last, since Redis may be down.
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

  async #take(deadText: string, until: number): Promise<unknown> {
    const taken = this.#text
    return this.#connection.ask(
      { script: acquireScript, keys: [this.#key], values: [taken, String(leaseMs), deadText] },
      {
        isPatient: this.isPatient,
        until,
        // Acquired after its wait: given back.
        onLate: (text) => text === taken && this.settle(),
      },
    )
  }

  #beatLater(): void {
    if (this.#isReleased) return
    this.#timer = startBackgroundTimer(() => {
      this.#beats++
      this.#connection
        // Not in turn: a holder that does not show in time that it lives loses its lease.
        .send({ script: beatScript, keys: [this.#key], values: [this.token, this.#text, String(leaseMs)] })
        .catch(() => {})
        // Waits for the answer, so that beats do not pile up while Redis hangs.
        .then(() => this.#beatLater())
    }, beatMs)
  }

  #stopBeating(): void {
    this.#isReleased = true
    clearTimeout(this.#timer)
  }

  async #release(): Promise<void> {
    await this.#connection.sendInTurn({ script: releaseScript, keys: [this.#key], values: [this.token] })
    this.#stopBeating()
  }
}

function notAcquired(waitMs: number): TokenStoreError {
  return new TokenStoreError('lock_not_acquired', `The lock in Redis was not free within ${waitMs} ms: try again.`)
}
