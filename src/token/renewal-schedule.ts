import { startBackgroundTimer } from '../base/time.ts'

/** Whom a timer tells that its time is over. */
export interface TimerOwner {
  onTimer(): void
}

/**
 * Starts a timer that tells its owner. It keeps no process alive, and holds its owner weakly: a manager that nobody else holds
 * is not kept for the sake of a token that nobody will use.
 */
export function startRenewalTimer(owner: TimerOwner, delayMs: number): ReturnType<typeof setTimeout> {
  // No closure: an application may hold a manager, and so a timer, for each of its users.
  return startBackgroundTimer(tell, timerDelay(delayMs), new WeakRef(owner))
}

function tell(owner: WeakRef<TimerOwner>): void {
  owner.deref()?.onTimer()
}

// An application may make a manager for each request: the timer of one that nobody holds must not stay for as long as its token.
const longestDelayMs = 300_000

/** How long to sleep before the owner's clock is looked at. */
export function timerDelay(delayMs: number): number {
  // Whole seconds for long delays: Node keeps a list for each distinct delay, which would cost a fleet of managers much.
  const roundedMs = delayMs > 10_000 ? Math.ceil(delayMs / 1000) * 1000 : delayMs
  return Math.min(Math.max(roundedMs, 0), longestDelayMs)
}
