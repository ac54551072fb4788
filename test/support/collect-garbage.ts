import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

/** Collects what nobody holds, and lets the registries that wait for it be called. */
export async function collectGarbage(): Promise<void> {
  // What a WeakRef has given is held until the end of the job, and a registry is called in a task of its own.
  for (let round = 0; round < 4; round++) {
    await new Promise((resolve) => setImmediate(resolve))
    collect()
  }
  await new Promise((resolve) => setImmediate(resolve))
}
