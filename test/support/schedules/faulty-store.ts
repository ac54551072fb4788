import { TokenStoreError } from '../../../src/base/errors.ts'
import type { TokenRecord, TokenStore } from '../../../src/token/token-store.ts'
import type { Client, FactBus, Holding, Write } from './facts.ts'
import { deleteFaults, type FaultName, lockFaults, readFaults, writeFaults } from './fault-names.ts'
import type { Dice } from './plan.ts'
import type { VirtualTime } from './virtual-time.ts'

export interface SharedStore {
  readonly inner: TokenStore
  readonly time: VirtualTime
  readonly facts: FactBus
  readonly dice: Dice
  /** How likely an operation is struck now, 0 to 1. */
  readonly faultRate: () => number
  /** The only one that is used: all contexts are one identity. */
  key: string
  /** Who runs a task under the lock. */
  holder: Holding | undefined
}

// A manager takes a store that has not answered within 5 s for a silent one.
const shortSilenceMs = 6_000
const longSilenceMs = 30_000
const longestSlownessMs = 4_500
/** How long a lock stays that nobody gives back, ms: the lease of a memory store. */
export const leaseMs = 120_000

/**
 * One client's way to the store that all share: operations fail, are slow, are never answered, and end in ways that nobody
 * can tell; locks are not acquired, come too late, or stay behind.
 */
export class FaultyStore implements TokenStore {
  readonly #shared: SharedStore
  readonly #client: Client
  readonly subscribe?: NonNullable<TokenStore['subscribe']>

  /** @param subscribe how the client hears of what others write, where the store can tell */
  constructor(shared: SharedStore, client: Client, subscribe: TokenStore['subscribe']) {
    this.#shared = shared
    this.#client = client
    if (subscribe) this.subscribe = subscribe
  }

  get(key: string): Promise<TokenRecord | undefined> {
    const { inner, facts, dice, time } = this.#shared
    const fault = this.#choose(readFaults)
    const startedAt = time.now
    let tick = 0
    this.#shared.key = key
    const look = () => {
      tick = facts.tick
      return inner.get(key)
    }
    const answer = this.#client.loop.answer(async () => {
      await this.#travel()
      if (fault === 'read rejects') throw failed()
      const isEarly = fault === 'read is stale' || (fault === 'read is silent' && dice.chance(0.5))
      const early = isEarly ? await look() : undefined
      if (fault) await this.#dawdle(fault === 'read is silent')
      const record = isEarly ? early : await look()
      await this.#travel()
      return record
    })
    return answer.then((record) => {
      // The client has given that up, unless its loop was blocked.
      if (fault !== 'read is silent') facts.tell('read', { client: this.#client, tick, startedAt, record })
      return record
    })
  }

  async set(key: string, record: TokenRecord): Promise<void> {
    const { inner, facts } = this.#shared
    const fault = this.#choose(writeFaults)
    const write = this.#begin(record)
    const store = async () => {
      await inner.set(key, record)
      write.isDone = true
      facts.tell('stored', write)
    }
    // The client will not know. What others find from now on may be what was there before.
    if (fault && !['write is refused', 'write is slow'].includes(fault)) this.#tell(write, 'unknown')
    await this.#client.loop
      .answer(() => this.#carryOutWrite(fault, store))
      .catch((error: unknown) => {
        this.#tell(write, 'refused')
        throw error
      })
    this.#tell(write, 'saved')
  }

  async delete(key: string): Promise<void> {
    const { inner, facts } = this.#shared
    // There are few, and most of them after a write that was refused.
    const fault = this.#choose(deleteFaults, 4)
    const write = this.#begin(undefined)
    if (fault === 'delete is silent') this.#tell(write, 'unknown')
    await this.#client.loop
      .answer(async () => {
        await this.#travel()
        if (fault === 'delete is refused') throw failed()
        if (fault) await this.#dawdle(fault === 'delete is silent')
        await inner.delete(key)
        write.isDone = true
        facts.tell('removed', write)
        await this.#travel()
      })
      .catch((error: unknown) => {
        this.#tell(write, 'refused')
        throw error
      })
    this.#tell(write, 'saved')
  }

  lock<T>(key: string, task: () => Promise<T>, options: { waitMs: number; signal?: AbortSignal | undefined }): Promise<T> {
    const { inner, time, dice } = this.#shared
    const fault = this.#choose(lockFaults)
    return this.#client.loop.answer(async () => {
      await this.#travel()
      if (fault === 'lock rejects') throw failed()
      if (fault === 'lock is not free') {
        await time.sleep(options.waitMs)
        throw new TokenStoreError('lock_not_acquired', 'The lock was not free.')
      }
      if (fault === 'lock is slow') await time.sleep(dice.between(1, 1500))
      if (fault === 'lock comes too late') await time.sleep(options.waitMs + shortSilenceMs)
      if (fault === 'lock is silent') await time.sleep(longSilenceMs * 2)
      // The holder's own timers renew its lease: not while its loop is blocked.
      const acquire = (run: () => Promise<unknown>) =>
        time.runIn(this.#client.loop, () => (inner.lock as NonNullable<TokenStore['lock']>)(key, run, options))
      return this.#hold(acquire, task, fault)
    })
  }

  /** Runs the task under the lock. Its result is known even where the lock is not given back. */
  #hold<T>(acquire: (run: () => Promise<unknown>) => Promise<unknown>, task: () => Promise<T>, fault: FaultName | undefined): Promise<T> {
    const { time } = this.#shared
    return new Promise<T>((resolve, reject) => {
      const run = async () => {
        const done = this.#runAlone(task)
        const settled = await Promise.allSettled([done])
        if (fault === 'lock stays behind') {
          reject(failed())
          await time.sleep(leaseMs)
        }
        return settled
      }
      acquire(run).then((settled) => {
        const [{ status, value, reason }] = settled as [{ status: string; value: T; reason: unknown }]
        if (fault === 'lock is lost at release') reject(failed())
        else if (status === 'fulfilled') resolve(value)
        else reject(reason)
      }, reject)
    })
  }

  async #runAlone<T>(task: () => Promise<T>): Promise<T> {
    const { facts } = this.#shared
    const before = this.#shared.holder
    if (before) {
      before.isLapsed = true
      facts.tell('lapsed', before)
    }
    const holding: Holding = { client: this.#client, tick: facts.tick, isLapsed: false }
    this.#shared.holder = holding
    facts.tell('locked', holding)
    try {
      return await this.#client.loop.perform(task)
    } finally {
      facts.tell('unlocked', holding)
      if (this.#shared.holder === holding) this.#shared.holder = undefined
    }
  }

  async #carryOutWrite(fault: FaultName | undefined, store: () => Promise<void>): Promise<void> {
    const { time, dice } = this.#shared
    await this.#travel()
    if (fault === 'write is refused') {
      if (dice.chance(0.3)) await this.#dawdle(false)
      throw failed()
    }
    if (fault === 'write is slow') await this.#dawdle(false)
    if (fault === 'write lands late') await this.#dawdle(true)
    if (!fault?.endsWith('not stored')) await store()
    if (fault?.startsWith('write of unknown outcome')) throw new TokenStoreError('outcome_unknown', 'Nobody knows.')
    if (fault?.startsWith('write is silent')) await time.sleep(longSilenceMs)
    await this.#travel()
  }

  #choose<T extends FaultName>(faults: readonly T[], times = 1): T | undefined {
    const { dice, faultRate, facts } = this.#shared
    if (!dice.chance(faultRate() * times)) return undefined
    const name = dice.pick(faults)
    facts.tell('fault', { name, where: this.#client.name })
    return name
  }

  #begin(record: TokenRecord | undefined): Write {
    const write: Write = { client: this.#client, startedAt: this.#shared.time.now, record, isDone: false, told: 'nothing' }
    this.#shared.facts.tell('writing', write)
    return write
  }

  #tell(write: Write, told: Write['told']): void {
    if (write.told !== 'nothing') return
    write.told = told
    this.#shared.facts.tell('told', write)
  }

  /** Longer than a manager waits, or not. */
  #dawdle(isSilent: boolean): Promise<void> {
    const { time, dice } = this.#shared
    return time.sleep(isSilent ? dice.between(shortSilenceMs, longSilenceMs) : dice.between(1, longestSlownessMs))
  }

  async #travel(): Promise<void> {
    const { time, dice } = this.#shared
    const ms = dice.between(-2, 3)
    if (ms > 0) await time.sleep(ms)
  }
}

function failed(): TokenStoreError {
  return new TokenStoreError('store_failed', 'The store fails.')
}

/** The listeners of clients of one store, each told of what the others have written, as tabs and machines are. */
export class Notices {
  readonly #time: VirtualTime
  readonly #facts: FactBus
  readonly #listeners = new Map<Client, Set<() => void>>()

  constructor(time: VirtualTime, facts: FactBus) {
    this.#time = time
    this.#facts = facts
    facts.on('stored', ({ client }) => this.#tellOthers(client))
    facts.on('removed', ({ client }) => this.#tellOthers(client))
  }

  subscribeAs(client: Client): NonNullable<TokenStore['subscribe']> {
    const own = new Set<() => void>()
    this.#listeners.set(client, own)
    return (_, listener) => {
      own.add(listener)
      return () => own.delete(listener)
    }
  }

  #tellOthers(writer: Client): void {
    for (const [client, listeners] of this.#listeners) {
      if (client === writer) continue
      for (const listener of listeners) this.#time.setWorldTimer(() => client.loop.read(() => this.#notify(client, listener)), 5)
    }
  }
  #notify(client: Client, listener: () => void): void {
    this.#facts.tell('noticed', client)
    listener()
  }
}
