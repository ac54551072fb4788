import { setTimeout as sleep } from 'node:timers/promises'

// Three engines on two cores, beside whatever else a machine does: none of this is a test of speed.
const giveUpAfterMs = 20_000
// Less and less often: each time costs the browser and this process something, and what takes long may take a little longer.
const pollMs = { first: 20, factor: 1.4, last: 250 }

/** Asks until the answer is truthy. A failure counts as «not yet»: the page may be on its way to another one. */
export async function pollUntil<T>(what: string, ask: () => Promise<T>): Promise<T> {
  const startedAt = performance.now()
  let last: unknown
  for (let waitMs = pollMs.first; ; waitMs = Math.min(waitMs * pollMs.factor, pollMs.last)) {
    try {
      const answer = await ask()
      if (answer) return answer
      last = answer
    } catch (error) {
      last = error
    }
    if (performance.now() - startedAt > giveUpAfterMs) throw new Error(`Waited in vain for ${what}; at last: ${String(last)}`)
    await sleep(waitMs)
  }
}
