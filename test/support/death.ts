import type { TokenStore } from '../../src/index.ts'
import type { SeededRandom } from '../../src/testing/seeded-random.ts'

/** Where in a renewal a process is killed. */
export const deathPhases = ['before the lock', 'lock held', 'request sent', 'reply received', 'writing', 'durable'] as const
export type DeathPhase = (typeof deathPhases)[number]

/** Kills its own process with SIGKILL, which is the same as from outside and hits the phase for certain. */
export class Death {
  readonly #random: SeededRandom
  phase: DeathPhase | undefined

  constructor(random: SeededRandom) {
    this.#random = random
  }

  /** The store, in whose operations death may come. */
  within(store: TokenStore): TokenStore {
    const lock = store.lock?.bind(store)
    return {
      get: (key) => store.get(key),
      delete: (key) => store.delete(key),
      set: async (key, record) => {
        this.#come('reply received')
        const written = store.set(key, record)
        this.#comeWithin('writing', 2)
        await written
        this.#come('durable')
      },
      ...(lock && {
        lock: (key, task, options) => {
          this.#come('before the lock')
          const runTask = () => {
            this.#come('lock held')
            return task()
          }
          return lock(key, runTask, options)
        },
      }),
      ...(store.subscribe && { subscribe: store.subscribe.bind(store) }),
    }
  }

  /** The fetch, during which death may come. */
  during(fetch: typeof globalThis.fetch): typeof globalThis.fetch {
    return (input, init) => {
      this.#comeWithin('request sent', 20)
      return fetch(input, init)
    }
  }

  #come(phase: DeathPhase): void {
    if (this.phase === phase) process.kill(process.pid, 'SIGKILL')
  }

  #comeWithin(phase: DeathPhase, ms: number): void {
    if (this.phase === phase) setTimeout(() => this.#come(phase), this.#random.next() * ms)
  }
}
