import { startBackgroundTimer } from './background-timer.ts'

/**
 * What a promise gives, or the fallback where that takes longer than `ms`. The timer keeps no process alive, unless it is
 * started by `setTimeout`: for what a caller waits for, and nothing else may hold the process.
 */
export async function within<T, F>(
  promise: T | PromiseLike<T>,
  ms: number,
  fallback: F,
  startTimer: (task: () => void, ms: number) => ReturnType<typeof setTimeout> = startBackgroundTimer,
): Promise<T | F> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const tooLate = new Promise<F>((resolve) => {
    timer = startTimer(() => resolve(fallback), ms)
  })
  try {
    return await Promise.race([promise, tooLate])
  } finally {
    clearTimeout(timer)
  }
}
