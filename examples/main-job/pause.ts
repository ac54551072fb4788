import { setTimeout as sleep } from 'node:timers/promises'

/** Waits, or less when the signal aborts: the run is over then, and that is no error. */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await sleep(Math.max(0, ms), undefined, { signal }).catch(() => {})
}
