// Writes under the lock, over and over, until it is killed. Each record counts one further than the one before.
import { setTimeout as sleep } from 'node:timers/promises'
import { fileStore } from '../../src/node.ts'
import { readSetup } from './process-child.ts'

export interface WritingSetup {
  directory: string
  key: string
  waitMs: number
}
/** A count that is stored, and how long the lock took; or what went wrong. */
export type WritingMessage = { count: number; waitedMs: number } | { error: string }

const { directory, key, waitMs } = readSetup<WritingSetup>()
const store = fileStore({ directory })

async function countOn(startedAt: number): Promise<WritingMessage> {
  const waitedMs = performance.now() - startedAt
  const count = Number((await store.get(key))?.id ?? 0) + 1
  const accessToken = `token-${count}-${'x'.repeat(4_000)}`
  await store.set(key, {
    version: 1,
    key,
    id: String(count),
    epoch: '',
    token: { accessToken, tokenType: 'Bearer', issuedAt: 0, expiresAt: undefined },
  })
  return { count, waitedMs }
}

// A store that waits for its lock keeps no process alive.
setInterval(() => {}, 60_000)

for (;;) {
  // Who gives the lock back and asks again at once would nearly always have it again.
  await sleep(Math.random() * 10)
  const startedAt = performance.now()
  try {
    process.send?.(await store.lock?.(key, () => countOn(startedAt), { waitMs }))
  } catch (error) {
    process.send?.({ error: String(error) })
  }
}
