import { startBackgroundTimer } from './background-timer.ts'

const longestTimerMs = 2 ** 31 - 1

/** One timer that runs a task at an instant, and holds neither a process nor a promise. */
export class RenewalTimer {
  #timer: ReturnType<typeof setTimeout> | undefined

  /** Runs the task once, when `now()` has reached `at`; a time set before is forgotten. */
  set(at: number, now: () => number, task: () => void): void {
    this.stop()
    if (at === Number.POSITIVE_INFINITY) return
    this.#timer = startBackgroundTimer(
      // The wall clock decides, not the timer: it may have been clamped, or the machine may have slept.
      () => (now() < at ? this.set(at, now, task) : task()),
      timerDelay(at - now()),
    )
  }

  stop(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
  }
}

/** A delay that a timer can hold: beyond 2^31 ms it would fire at once. */
export function timerDelay(delayMs: number): number {
  // Whole seconds for long delays: Node keeps a list for each distinct delay, which would cost a fleet of managers much.
  const roundedMs = delayMs > 10_000 ? Math.ceil(delayMs / 1000) * 1000 : delayMs
  return Math.min(Math.max(roundedMs, 0), longestTimerMs)
}
