/** A longer timer would fire at once. */
export const longestTimerMs = 2_147_483_647

type Timer = ReturnType<typeof setTimeout>

/** Starts a timer that keeps no process alive. Browsers and workers have no such thing as keeping alive. */
export function startBackgroundTimer<T extends unknown[]>(task: (...args: T) => void, delayMs: number, ...args: T): Timer {
  const timer = setTimeout(task, delayMs, ...args)
  ;(timer as { unref?: () => void }).unref?.()
  return timer
}

export interface SleepOptions {
  /** Ends the sleep at once: it rejects with the signal's reason. */
  signal?: AbortSignal | undefined
  /** Whether the timer keeps a process alive. @default false */
  isForeground?: boolean
}

/** Resolves after a while. */
export function sleep(delayMs: number, { signal, isForeground = false }: SleepOptions = {}): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason)
    const abort = () => {
      clearTimeout(timer)
      reject(signal?.reason)
    }
    const wake = () => {
      signal?.removeEventListener('abort', abort)
      resolve()
    }
    const timer = (isForeground ? setTimeout : startBackgroundTimer)(wake, Math.min(delayMs, longestTimerMs))
    signal?.addEventListener('abort', abort, { once: true })
  })
}

/** What {@link deadline} gives in place of an answer that did not come in time. */
export const tooLate: unique symbol = Symbol('too late')

export interface DeadlineOptions<T> {
  /** Called with an answer that came after the deadline. */
  onLate?: ((answer: T) => void) | undefined
  /** Whether the timer keeps a process alive: for what a caller waits for, and nothing else may hold the process. @default false */
  isForeground?: boolean
  /**
   * Spends the time in turns of a timer of so many ms. Each turn counts as no longer than it was set for, so a process that
   * computes for a while does not take a healthy service for a dead one. @default one turn
   */
  turnMs?: number
}

// A timer runs before what has arrived is read: one further turn of the loop lets that come first.
const oneTurnMs = 20
// Fired this late, the process was asleep or its loop was blocked, and a whole reply may wait to be read.
const lateMs = 1_000

/**
 * What a promise gives, or `tooLate` where that takes longer than `ms`, by the monotonic clock. An answer that has already
 * arrived when the time is over is read first: after a sleep or a blocked loop, timers run before sockets.
 */
export function deadline<T>(
  promise: T | PromiseLike<T>,
  ms: number,
  { onLate, isForeground = false, turnMs = longestTimerMs }: DeadlineOptions<T> = {},
): Promise<T | typeof tooLate> {
  const start = isForeground ? setTimeout : startBackgroundTimer
  return new Promise((resolve, reject) => {
    let timer: Timer
    let isOver = false
    const end = () => {
      isOver = true
      resolve(tooLate)
    }
    const pass = (delayMs: number, next: (isLate: boolean) => void) => {
      const dueAt = performance.now() + delayMs
      timer = start(() => next(performance.now() - dueAt > lateMs), delayMs)
    }
    // The further turn may be late itself.
    const endIn = (graceMs: number) => pass(graceMs, (isLate) => (isLate && graceMs < lateMs ? endIn(lateMs) : end()))
    const wait = (leftMs: number) => {
      const delayMs = Math.min(leftMs, turnMs, longestTimerMs)
      pass(delayMs, (isLate) => (leftMs > delayMs ? wait(leftMs - delayMs) : endIn(isLate ? lateMs : oneTurnMs)))
    }
    wait(Math.max(0, ms))
    Promise.resolve(promise).then(
      (answer) => {
        clearTimeout(timer)
        if (isOver) onLate?.(answer)
        else resolve(answer)
      },
      (error: unknown) => {
        clearTimeout(timer)
        reject(error)
      },
    )
  })
}
