import { longestTimerMs, startBackgroundTimer } from '../base/time.ts'

/** Whom a timer tells, and whose clock decides. */
export interface TimerOwner {
  now(): number
  onTime(): void
}

/** One timer that tells its owner when an instant has come, and keeps no process alive. */
export class RenewalTimer {
  readonly #owner: TimerOwner
  #at = 0
  #timer: ReturnType<typeof setTimeout> | undefined

  constructor(owner: TimerOwner) {
    this.#owner = owner
  }

  /** Tells the owner once, when its clock has reached `at`; a time set before is forgotten. */
  set(at: number): void {
    this.stop()
    if (at === Number.POSITIVE_INFINITY) return
    this.#at = at
    // No closure: an application may hold a manager, and so a timer, for each of its users.
    this.#timer = startBackgroundTimer(RenewalTimer.#onTimeout, timerDelay(at - this.#owner.now()), this)
  }

  stop(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
  }

  static #onTimeout(timer: RenewalTimer): void {
    timer.#timer = undefined
    // The wall clock decides, not the timer: it may have been clamped, or the machine may have slept.
    if (timer.#owner.now() < timer.#at) timer.set(timer.#at)
    else timer.#owner.onTime()
  }
}

/** A delay that a timer can hold: beyond 2^31 ms it would fire at once. */
export function timerDelay(delayMs: number): number {
  // Whole seconds for long delays: Node keeps a list for each distinct delay, which would cost a fleet of managers much.
  const roundedMs = delayMs > 10_000 ? Math.ceil(delayMs / 1000) * 1000 : delayMs
  return Math.min(Math.max(roundedMs, 0), longestTimerMs)
}
