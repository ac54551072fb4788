import { startBackgroundTimer } from '../base/time.ts'

// A holder whose timers have ended with it, such as a cancelled request of a worker, blocks the others no longer than this.
const leaseMs = 120_000
const renewMs = 30_000
// After a sleep or a blocked loop the holder's timer may be as late as ours: it gets a turn of the loop before it counts as gone.
const doubtMs = 5

/** A lock that one task of this process holds. It lasts for as long as its holder's timers run, by the monotonic clock. */
export class MemoryLease {
  #endsAt = 0
  #doubtedAt: number | undefined
  #timer: ReturnType<typeof setTimeout> | undefined

  constructor() {
    this.#renew()
  }

  /** Whether the holder has gone without giving the lock back. It has to look so twice, some ms apart. */
  isAbandoned(): boolean {
    const now = performance.now()
    if (now < this.#endsAt) return false
    this.#doubtedAt ??= now
    return now - this.#doubtedAt >= doubtMs
  }

  /** Called by the holder when its task has ended. */
  end(): void {
    clearTimeout(this.#timer)
  }

  #renew(): void {
    this.#endsAt = performance.now() + leaseMs
    this.#doubtedAt = undefined
    this.#timer = startBackgroundTimer(() => this.#renew(), renewMs)
  }
}
