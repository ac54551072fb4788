import { must, readFields } from '../../base/check.ts'
import { TokenStoreError } from '../../base/errors.ts'
import type { LockOptions, TokenRecord, TokenStore } from '../../token/token-store.ts'
import { adaptClient, type RedisClient } from './client/adapt-client.ts'
import type { RedisCommand } from './client/adapter.ts'
import { RedisConnection } from './connection.ts'
import { HolderWatches } from './holder-watch.ts'
import { RedisLease } from './lease.ts'
import { RedisNotices } from './notices.ts'
import { deleteScript, endScript, readScript, writeScript } from './scripts.ts'
import { storeFailed } from './store-failed.ts'

export type { RedisClient } from './client/adapt-client.ts'

/** Options of `redisStore()`, beside the client. */
export interface RedisStoreOptions {
  /** Begins the names of all keys and of the channel: one for each application or stage in one Redis. @default '' */
  prefix?: string | undefined
}

// Records of later versions are left alone.
const version: `${TokenRecord['version']}` = '1'
// A corrupt value is kept for a day, since somebody may want to look at it.
const corruptLivesMs = 86_400_000
// Redis refuses durations that are much longer.
const longestLifeMs = 1e15

/**
 * Keeps tokens in Redis, for all machines that share it. The client is yours: you connect it, listen to its `error` event,
 * and close it. It is one of the package `redis` (4 to 6) or `ioredis` (5 or later), for a server, a cluster, sentinels or a
 * pool.
 *
 * While the client is not connected, every operation fails at once. Otherwise an operation waits about 90 ms for its answer,
 * or 400 ms where a refresh token is at stake; at most 64 are under way, and the others wait for their turn. A lock is a
 * lease that its holder renews: the lease of a dead process is taken over within 3 s. Records expire in Redis. A second
 * connection listens for changes while a manager is in use; it keeps no process alive.
 *
 * Redis must not lose writes and come back with older data: with snapshots alone, a restart brings back refresh tokens that
 * were used. Use `appendonly`, or no persistence at all.
 * @throws ConfigurationError where the client is none of these, or an option is unknown
 */
export function redisStore(client: RedisClient, options: RedisStoreOptions = {}): TokenStore {
  const { prefix = '' } = readFields<RedisStoreOptions>('options', options, {
    prefix: must('a string', (value) => typeof value === 'string'),
  })
  return new RedisStore(client, prefix)
}

class RedisStore implements TokenStore {
  readonly #connection: RedisConnection
  readonly #notices: RedisNotices
  readonly #prefix: string
  readonly #channel: string
  /** The leases that this store holds, or has still to give back. */
  readonly #leases = new Map<string, RedisLease>()
  /** What is known of the holders of leases that this store has not acquired yet. */
  readonly #watches = new HolderWatches()

  constructor(client: RedisClient, prefix: string) {
    const adapter = adaptClient(client)
    this.#prefix = prefix
    this.#channel = `${prefix}tokenwell:2:changed`
    this.#connection = new RedisConnection(adapter)
    this.#notices = new RedisNotices({
      client: adapter,
      channel: this.#channel,
      readId: async (key) => idOf((await this.#read(key)).record),
    })
  }

  async get(key: string): Promise<TokenRecord | undefined> {
    const lease = this.#leases.get(key)
    const { record: stored, isOurs } = await this.#read(key, lease)
    // After the lease was lost, the record may be a successor's, which must not be overwritten.
    if (isOurs) lease?.noteSeen(stored?.id)
    // A record that waits to be written is what Redis will hold: nobody else can write before that.
    const record = (isOurs && lease?.unwritten) || stored
    this.#notices.noteRead(key, idOf(record))
    return record
  }

  async set(key: string, record: TokenRecord): Promise<void> {
    const lease = this.#leases.get(key)
    lease?.noteSeen(record.id)
    // The refresh token before it is used up: the next holder must not find that one. The lease is kept until this one is
    // written. A later record takes its place.
    if (lease && (lease.unwritten || mayHoldRefreshToken(record))) lease.unwritten = record
    const outcome = await this.#connection
      .ask(this.#writing(key, record, lease), { isPatient: lease?.isPatient })
      .catch((error: TokenStoreError) => {
        // The record is written later.
        throw lease?.unwritten === record ? new TokenStoreError('outcome_unknown', error.message) : error
      })
    if (lease?.unwritten === record) lease.unwritten = undefined
    // Whoever writes again after that knows of it.
    if (outcome === 'overtaken') this.#notices.forget(key)
    checkOutcome(outcome)
    this.#notices.noteWritten(key, record.id)
  }

  async delete(key: string): Promise<void> {
    const lease = this.#leases.get(key)
    if (lease) lease.unwritten = undefined
    const { keys } = this.#names(key)
    const values = this.#valuesFor(key, lease?.token ?? '', lease?.seenIds ?? '')
    checkOutcome(await this.#connection.ask({ script: deleteScript, keys, values }, { isPatient: lease?.isPatient }))
    this.#notices.noteWritten(key, '')
  }

  async lock<T>(key: string, task: () => Promise<T>, wait: LockOptions): Promise<T> {
    const holder = this.#watches.of(key)
    const lease = await RedisLease.acquire({ connection: this.#connection, key: this.#names(key).lease, holder }, wait)
    this.#watches.drop(key)
    this.#leases.set(key, lease)
    try {
      return await task()
    } finally {
      // Not waited for: the task is done, and Redis may be down.
      this.#giveBack(key, lease).catch(() => {})
    }
  }

  subscribe(key: string, listener: () => void): () => void {
    return this.#notices.add(key, listener)
  }

  async #read(key: string, lease?: RedisLease): Promise<{ record: TokenRecord | undefined; isOurs: boolean }> {
    const command = { script: readScript, keys: this.#names(key).keys, values: [lease?.token ?? ''] }
    const [text = '', isOurs] = (await this.#connection.ask(command, { isPatient: lease?.isPatient })) as string[]
    const record = parse(text)
    if (text && !record) this.#endCorrupt(key, text)
    return { record, isOurs: isOurs === '1' }
  }

  async #giveBack(key: string, lease: RedisLease): Promise<void> {
    await lease.settle(async (record) => {
      await this.#connection.sendInTurn(this.#writing(key, record, lease))
    })
    if (this.#leases.get(key) === lease) this.#leases.delete(key)
  }

  #writing(key: string, record: TokenRecord, lease: RedisLease | undefined): RedisCommand {
    // A duration, and not an instant: the clock of Redis may differ from ours.
    const lifeMs = Math.min(Math.max(1, Math.ceil((record.expiresAt ?? 0) - Date.now())), longestLifeMs)
    const values = [
      ...this.#valuesFor(key, lease?.token ?? '', lease ? lease.seenIds : this.#seenWithoutLease(key, record)),
      JSON.stringify(record),
      record.expiresAt === undefined ? '' : String(lifeMs),
    ]
    return { script: writeScript, keys: this.#names(key).keys, values }
  }

  /** The first values of both scripts that change a record. */
  #valuesFor(key: string, leaseToken: string, seenIds: string): string[] {
    return [version, leaseToken, seenIds, this.#channel, this.#notices.messageOf(key)]
  }

  /** What a token that can be asked for again may replace without the lease: nothing that has come since the last look. */
  #seenWithoutLease(key: string, record: TokenRecord): string {
    // A dot tells the epoch of a sign-in, which can be done once.
    const canAskAgain = record.token && !mayHoldRefreshToken(record) && !record.epoch.includes('.')
    const id = canAskAgain ? this.#notices.lastSeen(key) : undefined
    return id === undefined ? '' : ` ${id} `
  }

  #endCorrupt(key: string, text: string): void {
    const command = { script: endScript, keys: [this.#prefix + key], values: [text, String(corruptLivesMs)] }
    this.#connection.sendInTurn(command).catch(() => {})
  }

  #names(key: string): { keys: string[]; lease: string } {
    const record = this.#prefix + key
    const open = record.indexOf('{')
    const hasTag = open >= 0 && record.indexOf('}', open) > open + 1
    // A cluster keeps both in one slot, since it hashes the text between the first braces, or else the whole name.
    const lease = `${hasTag ? record : `{${record}}`}:lock`
    return { keys: [record, lease], lease }
  }
}

function checkOutcome(outcome: unknown): void {
  if (outcome === 'newer') {
    throw new TokenStoreError(
      'later_version',
      'A later version of tokenwell wrote the record in Redis, and it is left alone: update tokenwell.',
    )
  }
  if (outcome === 'overtaken')
    throw new TokenStoreError('lock_not_acquired', 'Another context has written meanwhile, and its record stays.')
  if (outcome === 'lost') throw storeFailed('the lock was lost, and another context has written')
}

/** Nobody can see what `encryptedStore` has sealed. */
function mayHoldRefreshToken({ token, sealed }: TokenRecord): boolean {
  return token?.refreshToken !== undefined || sealed !== undefined
}

function idOf(record: TokenRecord | undefined): string {
  return String(record?.id ?? '')
}

function parse(text: string): TokenRecord | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as TokenRecord) : undefined
  } catch {
    return undefined
  }
}
