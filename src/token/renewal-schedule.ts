import { startBackgroundTimer } from '../base/time.ts'

/** Whom a schedule tells, and whose clock decides. */
export interface ScheduleOwner {
  now(): number
  onTime(): void
}

/**
 * Tells its owner when an instant has come. It keeps no process alive, and holds its owner weakly: a manager that nobody
 * else holds is not kept for the sake of a token that nobody will use.
 */
export class RenewalSchedule {
  readonly #owner: WeakRef<ScheduleOwner>
  #at = 0
  #timer: ReturnType<typeof setTimeout> | undefined

  constructor(owner: ScheduleOwner) {
    this.#owner = new WeakRef(owner)
  }

  /** Tells the owner once, when its clock has reached `at`; a time set before is forgotten. */
  set(at: number): void {
    this.stop()
    const owner = this.#owner.deref()
    if (at === Infinity || !owner) return
    this.#at = at
    // No closure: an application may hold a manager, and so a timer, for each of its users.
    this.#timer = startBackgroundTimer(RenewalSchedule.#onTimeout, timerDelay(at - owner.now()), this)
  }

  stop(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
  }

  static #onTimeout(schedule: RenewalSchedule): void {
    schedule.#timer = undefined
    const owner = schedule.#owner.deref()
    // The wall clock decides, not the timer: it may have been clamped, or the machine may have slept.
    if (owner && owner.now() < schedule.#at) schedule.set(schedule.#at)
    else owner?.onTime()
  }
}

// An application may make a manager for each request: the timer of one that nobody holds must not stay for as long as its token.
const longestDelayMs = 300_000

/** How long to sleep before the owner's clock is looked at. */
export function timerDelay(delayMs: number): number {
  // Whole seconds for long delays: Node keeps a list for each distinct delay, which would cost a fleet of managers much.
  const roundedMs = delayMs > 10_000 ? Math.ceil(delayMs / 1000) * 1000 : delayMs
  return Math.min(Math.max(roundedMs, 0), longestDelayMs)
}
