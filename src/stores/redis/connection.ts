import { TokenStoreError } from '../../base/errors.ts'
import { startBackgroundTimer } from '../../base/time.ts'

/** What of the package `redis` (5 or later) is used. A client that `createClient()` made fits. */
export interface RedisClient {
  /** Whether commands are answered now: not before `connect()`, and not while the connection is being restored. */
  readonly isReady: boolean
  get(key: string): Promise<unknown>
  eval(script: string, options: { keys: string[]; arguments: string[] }): Promise<unknown>
  /** A second connection with the same options: one that listens can do nothing else. */
  duplicate(): RedisListener
  on(event: 'end', listener: () => void): unknown
  off(event: 'end', listener: () => void): unknown
}

/** A connection that listens. */
export interface RedisListener {
  connect(): Promise<unknown>
  subscribe(channel: string, listener: (message: string) => void): Promise<unknown>
  unsubscribe(channel: string, listener: (message: string) => void): Promise<unknown>
  destroy(): void
  unref(): void
  on(event: 'error' | 'ready', listener: () => void): unknown
}

// A renewal waits for five operations, one after another (read; lock, read; read, write): together less than the 500 ms that
// a Redis in trouble may cost a call. The release is not waited for.
const limitMs = 90
// Who waits this long for a lock cannot go on without it (a refresh token is at stake), and would rather wait for Redis too.
const patientFromMs = 5_000
const patientLimitMs = 400
// Of the limit. A process that was not scheduled finds its timer due and its answer unread: it reads first.
const graceMs = 10
// After silence the others are not asked: what has hung once hangs for all. At most one limit for each half of a renewal.
const breakMs = 1_000

const hints: Readonly<Record<string, string>> = {
  READONLY: 'this is a read-only replica: connect to the primary',
  OOM: 'its memory is full: raise maxmemory, or set a policy that evicts',
  NOAUTH: 'it wants a password: give it to createClient()',
  WRONGPASS: 'it refuses the password of createClient()',
  NOPERM: 'the user may not do this: allow get, set, del, eval and publish',
  LOADING: 'it is still loading its data: try again',
  MISCONF: 'it cannot save to its disk, and refuses writes: see its log',
  MASTERDOWN: 'its primary is away: try again',
  NOREPLICAS: 'it has too few replicas: try again',
}

export interface AskOptions {
  /** Waits longer, and also after silence. */
  readonly isPatient?: boolean | undefined
  /** A shorter wait, ms. */
  readonly withinMs?: number
  /** Called with an answer that came after the wait. */
  readonly onLate?: (answer: unknown) => void
}

/** The user's client as an operation of the store sees it: an answer within a limit, or a `TokenStoreError`. */
export class RedisConnection {
  readonly client: RedisClient
  #silentUntil = 0

  constructor(client: RedisClient) {
    this.client = client
  }

  /** Sends a command with no limit to its answer, which is for who can wait; fails at once while nothing would carry it. */
  async send(command: (client: RedisClient) => Promise<unknown>): Promise<unknown> {
    // The client would queue it, and carry it out after whatever has happened until then.
    if (this.client.isReady === false) throw storeFailed('the client is not connected: call connect() first, or wait for it')
    try {
      return await command(this.client)
    } catch (error) {
      throw storeFailed(reasonOf(error))
    }
  }

  /**
   * Sends a command, and waits for its answer within its limit: 90 ms, or 400 ms for who is patient.
   * @throws TokenStoreError (`store_failed`)
   */
  async ask(command: (client: RedisClient) => Promise<unknown>, { isPatient, withinMs, onLate }: AskOptions = {}): Promise<unknown> {
    if (!isPatient && performance.now() < this.#silentUntil) throw storeFailed('it did not answer a moment ago')
    const wholeMs = isPatient ? patientLimitMs : limitMs
    const waitMs = Math.min(withinMs ?? wholeMs, wholeMs)
    const sent = this.send(command)
    let isLate = false
    let timer: ReturnType<typeof setTimeout> | undefined
    const tooLate = new Promise<never>((_, reject) => {
      const giveUp = () => {
        isLate = true
        if (waitMs === wholeMs) this.#silentUntil = performance.now() + breakMs
        // It may have carried the command out.
        reject(storeFailed(`it did not answer within ${Math.round(waitMs)} ms`, 'outcome_unknown'))
      }
      const giveUpSoon = () => {
        timer = startBackgroundTimer(giveUp, graceMs)
      }
      timer = startBackgroundTimer(giveUpSoon, Math.max(0, waitMs - graceMs))
    })
    // Handled here in any case: after the wait nobody else looks at it.
    sent.then(
      (answer) => isLate && onLate?.(answer),
      () => {},
    )
    try {
      return await Promise.race([sent, tooLate])
    } finally {
      clearTimeout(timer)
    }
  }
}

/** Whether who waits this long for a lock is patient with Redis as well. */
export function isPatient(waitMs: number): boolean {
  return waitMs >= patientFromMs
}

export function storeFailed(reason: string, code: 'store_failed' | 'outcome_unknown' = 'store_failed'): TokenStoreError {
  return new TokenStoreError(code, `The Redis store failed: ${reason}.`)
}

/** In our own words: Redis quotes arguments in its errors, and tokens are among them. */
function reasonOf(error: unknown): string {
  const [code = ''] = /^[A-Z]+\b/.exec(error instanceof Error ? error.message : '') ?? []
  if (Object.hasOwn(hints, code)) return `${code}, ${hints[code]}`
  const name = error instanceof Error && /^\w{1,60}$/.test(error.name) ? error.name : 'an error'
  return `the command was not carried out (${name})`
}
