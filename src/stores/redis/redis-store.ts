import { TokenStoreError } from '../../base/errors.ts'
import type { LockOptions, TokenRecord, TokenStore } from '../../token/token-store.ts'
import { type RedisClient, RedisConnection, storeFailed } from './connection.ts'
import { HolderWatch, RedisLease } from './lease.ts'
import { RedisNotices } from './notices.ts'
import { deleteScript, writeScript } from './scripts.ts'

export type { RedisClient, RedisListener } from './connection.ts'

export interface RedisStoreOptions {
  /** Begins the names of all keys and channels: for several applications, or stages, in one Redis. @default '' */
  prefix?: string
}

/**
 * Keeps tokens in Redis, for all machines that share it. The client is the user's own, of the package `redis`: whoever made
 * it connects it, listens to its `error` event, and closes it.
 *
 * While the client is not connected every operation fails at once; otherwise it takes at most 90 ms (400 ms where a refresh
 * token is at stake). A lock is a lease that
 * its holder renews: what a dead process held is taken over within 3 s. Records expire with what is in them. Redis has to
 * keep what it was given: with snapshots alone a restart brings back refresh tokens that were used (use `appendonly`, or no
 * persistence at all).
 */
export function redisStore(client: RedisClient, { prefix = '' }: RedisStoreOptions = {}): TokenStore {
  return new RedisStore(client, prefix)
}

class RedisStore implements TokenStore {
  readonly #connection: RedisConnection
  readonly #prefix: string
  readonly #notices: RedisNotices
  /** What this store holds, or has still to give back. */
  readonly #leases = new Map<string, RedisLease>()
  /** Leases of others that were waited for, and not had yet. */
  readonly #watches = new Map<string, HolderWatch>()

  constructor(client: RedisClient, prefix: string) {
    this.#connection = new RedisConnection(client)
    this.#prefix = prefix
    this.#notices = new RedisNotices({
      client,
      channelOf: (key) => this.#names(key).channel,
      readId: async (key) => String((await this.#read(key))?.id ?? ''),
    })
  }

  async get(key: string): Promise<TokenRecord | undefined> {
    const lease = this.#leases.get(key)
    const record = await this.#read(key, lease?.isPatient)
    lease?.know(record?.id)
    return record
  }

  async set(key: string, record: TokenRecord): Promise<void> {
    const lease = this.#leases.get(key)
    lease?.know(record.id)
    // Its predecessor is used up: the next holder must find this one, or none. Until it is written the lease is kept.
    if (lease && record.token?.refreshToken !== undefined) lease.unwritten = record
    const outcome = await this.#connection
      .ask(this.#writing(key, record, lease), { isPatient: lease?.isPatient })
      .catch((error: TokenStoreError) => {
        // What the lease is kept for is written later.
        throw lease?.unwritten === record ? new TokenStoreError('outcome_unknown', error.message) : error
      })
    if (lease?.unwritten === record) lease.unwritten = undefined
    if (outcome === 'newer') throw storeFailed('a later version of tokenwell wrote the record, and it is left alone')
    if (outcome === 'lost') throw storeFailed('the lock was lost, and another context has written')
  }

  async delete(key: string): Promise<void> {
    const { record, channel } = this.#names(key)
    await this.#connection.ask((client) => client.eval(deleteScript, { keys: [record], arguments: [channel, this.#notices.sender] }))
  }

  async lock<T>(key: string, task: () => Promise<T>, wait: LockOptions): Promise<T> {
    const watch = this.#watches.get(key) ?? new HolderWatch()
    this.#watches.set(key, watch)
    const lease = await RedisLease.acquire(this.#connection, this.#names(key).lease, wait, watch)
    this.#watches.delete(key)
    this.#leases.set(key, lease)
    try {
      return await task()
    } finally {
      // Not waited for: the task is done, and Redis may be away.
      this.#giveBack(key, lease).catch(() => {})
    }
  }

  subscribe(key: string, listener: () => void): () => void {
    return this.#notices.add(key, listener)
  }

  async #giveBack(key: string, lease: RedisLease): Promise<void> {
    await lease.settle(async (record) => {
      await this.#connection.send(this.#writing(key, record, lease))
    })
    if (this.#leases.get(key) === lease) this.#leases.delete(key)
  }

  async #read(key: string, isPatient = false): Promise<TokenRecord | undefined> {
    const { record } = this.#names(key)
    return parse(await this.#connection.ask((client) => client.get(record).catch(missIfForeign), { isPatient }))
  }

  #writing(key: string, record: TokenRecord, lease: RedisLease | undefined): (client: RedisClient) => Promise<unknown> {
    const names = this.#names(key)
    return (client) => {
      // In ms from now, and not as an instant: the clock of Redis may be another one.
      const livesMs = record.expiresAt === undefined ? '' : String(Math.max(1, Math.ceil(record.expiresAt - Date.now())))
      const { token = '', knownIds = '' } = lease ?? {}
      return client.eval(writeScript, {
        keys: [names.record, names.lease],
        arguments: [JSON.stringify(record), String(record.version), livesMs, token, knownIds, names.channel, this.#notices.sender],
      })
    }
  }

  // The endings keep all keys of a record in one slot of a cluster.
  #names(key: string): { record: string; lease: string; channel: string } {
    const record = this.#prefix + key
    return { record, lease: `${record}:lock`, channel: `${record}:changed` }
  }
}

/** A key that holds something else than text is a miss, and is overwritten. */
function missIfForeign(error: unknown): undefined {
  if (error instanceof Error && error.message.startsWith('WRONGTYPE')) return undefined
  throw error
}

function parse(text: unknown): TokenRecord | undefined {
  if (typeof text !== 'string') return undefined
  try {
    return JSON.parse(text) ?? undefined
  } catch {
    return undefined
  }
}
