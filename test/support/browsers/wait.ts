import { setTimeout as sleep } from 'node:timers/promises'

// Three engines on two cores, beside whatever else a machine does: none of this is a test of speed.
const giveUpAfterMs = 20_000
const pollMs = 20

/** Asks until the answer is truthy. A failure counts as «not yet»: the page may be on its way to another one. */
export async function pollUntil<T>(what: string, ask: () => Promise<T>): Promise<T> {
  const startedAt = performance.now()
  let last: unknown
  for (;;) {
    try {
      const answer = await ask()
      if (answer) return answer
      last = answer
    } catch (error) {
      last = error
    }
    if (performance.now() - startedAt > giveUpAfterMs) throw new Error(`Waited in vain for ${what}; at last: ${String(last)}`)
    await sleep(pollMs)
  }
}
