import { deadline, tooLate } from '../../base/time.ts'
import { OperationQueue } from '../operation-queue.ts'
import type { RedisAdapter, RedisCommand } from './client/adapter.ts'
import { commandFailed, notConnected, storeFailed } from './store-failed.ts'
import { breakMs, hurried, leastWaitMs, patient } from './timing.ts'

// A caller that waits this long for a lock cannot go on without it (a refresh token is at stake), and waits longer for Redis.
const patientFromMs = 5_000
// Limits are spent in turns of a timer: a process that was busy reads the answers that have arrived before it gives up.
const turnMs = 10

export interface AskOptions {
  /** Waits longer, and tolerates a longer silence. @default false */
  readonly isPatient?: boolean | undefined
  /** When the wait ends in any case, by `performance.now()`. @default never */
  readonly until?: number
  /** Called with an answer that came after the wait. */
  readonly onLate?: (answer: unknown) => void
}

/** The user's client as an operation of the store sees it: an answer within a limit, or a `TokenStoreError`. */
export class RedisConnection {
  readonly #client: RedisAdapter
  readonly #queue: OperationQueue
  // One slow answer among others that arrive is no silence, and is no reason to fail other operations.
  #answers = 0
  #silentMs = 0
  #silentUntil = 0

  constructor(client: RedisAdapter) {
    this.#client = client
    this.#queue = new OperationQueue(client.atOnce)
  }

  /**
   * Sends a command when it is its turn, and waits for the answer within its limit.
   * @throws TokenStoreError; with `outcome_unknown` where it may have been carried out
   */
  async ask(command: RedisCommand, { isPatient = false, until = Number.POSITIVE_INFINITY, onLate }: AskOptions = {}): Promise<unknown> {
    const patience = isPatient ? patient : hurried
    const check = () => {
      this.#checkConnected()
      if (this.#silentFor() >= patience.silenceMs) throw storeFailed('it did not answer a moment ago')
    }
    check()
    return this.#queue.run(async () => {
      check()
      const leftMs = Math.max(until - performance.now(), leastWaitMs)
      const waitMs = Math.min(patience.limitMs, patience.silenceMs - this.#silentFor(), leftMs)
      const answer = await this.#wait(this.send(command), waitMs, onLate)
      if (answer !== tooLate) return answer
      throw storeFailed(`it did not answer within ${Math.round(waitMs)} ms`, 'outcome_unknown')
    })
  }

  /** Sends a command when it is its turn, with no limit to its answer. It holds its turn for no longer than others may. */
  async sendInTurn(command: RedisCommand): Promise<unknown> {
    this.#checkConnected()
    let sent: Promise<unknown> | undefined
    await this.#queue.run(() => {
      sent = this.send(command)
      const settled = sent.catch(() => {})
      return this.#wait(settled, hurried.limitMs)
    })
    return sent
  }

  /** Sends a command at once, with no limit to its answer. Fails at once while the client is not connected. */
  async send(command: RedisCommand): Promise<unknown> {
    // Otherwise the client would queue the command, and carry it out much later.
    this.#checkConnected()
    try {
      return textsOf(await this.#client.eval(command))
    } catch (error) {
      throw commandFailed(error)
    } finally {
      this.#answers++
      this.#silentMs = 0
    }
  }

  async #wait<T>(sent: Promise<T>, waitMs: number, onLate?: (answer: T) => void): Promise<T | typeof tooLate> {
    const [answers, silentMs] = [this.#answers, this.#silentFor()]
    const answer = await deadline(sent, waitMs, { turnMs, onLate })
    if (answer === tooLate && answers === this.#answers) {
      this.#silentMs = Math.max(this.#silentFor(), silentMs + waitMs)
      this.#silentUntil = performance.now() + breakMs
    }
    return answer
  }

  #checkConnected(): void {
    if (!this.#client.isReady()) throw notConnected(this.#client.howToConnect)
  }

  /** How long operations have waited for Redis, one after another, since it answered last, ms. */
  #silentFor(): number {
    return performance.now() < this.#silentUntil ? this.#silentMs : 0
  }
}

/** Whether a caller that waits this long for a lock is patient with Redis as well. */
export function isPatient(waitMs: number): boolean {
  return waitMs >= patientFromMs
}

/** Some clients are configured to give bytes in the place of strings. */
function textsOf(answer: unknown): unknown {
  if (Array.isArray(answer)) return answer.map(textsOf)
  return answer instanceof Uint8Array ? new TextDecoder().decode(answer) : answer
}
