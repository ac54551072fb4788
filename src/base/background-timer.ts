/** Starts a timer that keeps no process alive. Browsers and workers have no such thing as keeping alive. */
export function startBackgroundTimer<T extends unknown[]>(
  task: (...args: T) => void,
  delayMs: number,
  ...args: T
): ReturnType<typeof setTimeout> {
  const timer = setTimeout(task, delayMs, ...args)
  ;(timer as { unref?: () => void }).unref?.()
  return timer
}

/** Resolves after a while, without keeping a process alive for it. */
export function backgroundSleep(delayMs: number): Promise<void> {
  return new Promise((resolve) => {
    startBackgroundTimer(resolve, delayMs)
  })
}
