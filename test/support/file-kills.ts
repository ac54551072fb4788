import { readdirSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect } from 'vitest'
import { fileStore } from '../../src/node.ts'
import { createSeededRandom } from '../../src/testing/seeded-random.ts'
import type { WritingMessage, WritingSetup } from './file-writing-process.ts'
import { Child } from './process-child.ts'

const key = 'tokenwell:2:killed'
// What a renewal with a refresh token waits.
const waitMs = 5_000

export interface KillFigures {
  kills: number
  /** Records that could not be read, or were older than one that was acknowledged. */
  corrupt: number
  /** Locks that were not acquired within the bound. */
  overdue: number
  /** Files of dead processes after the next start. */
  orphans: number
  /** Records that two processes have written with the same count: they held the lock together. */
  together: number
  writes: number
  longestWaitMs: number
}

/** Kills writers at random points, and looks after each kill as the next process would. */
export async function killWriters({ directory, kills, seed }: { directory: string; kills: number; seed: number }): Promise<KillFigures> {
  const random = createSeededRandom(seed)
  const setup: WritingSetup = { directory, key, waitMs }
  const start = () => new Child<WritingMessage>('file-writing-process.ts', setup)
  const figures: KillFigures = { kills, corrupt: 0, overdue: 0, orphans: 0, together: 0, writes: 0, longestWaitMs: 0 }
  const seen = new Set<number>()
  const dead: number[] = []

  const settle = ({ received }: Child<WritingMessage>): void => {
    for (const message of received) {
      if ('error' in message) figures.overdue++
      else {
        if (seen.has(message.count)) figures.together++
        seen.add(message.count)
        figures.writes++
        figures.longestWaitMs = Math.max(figures.longestWaitMs, Math.round(message.waitedMs))
      }
    }
  }

  const writers = [start(), start(), start()]
  try {
    for (let kill = 0; kill < kills; kill++) {
      const index = Math.floor(random.next() * writers.length)
      const writer = writers[index] as Child<WritingMessage>
      await writer.reply(1)
      await sleep(random.next() * 30)
      await writer.kill()
      dead.push(writer.pid)
      settle(writer)
      const acknowledged = Math.max(0, ...seen)

      // A store of its own, as a process that starts now has one.
      const store = fileStore({ directory })
      const startedAt = performance.now()
      const count = await store.lock?.(key, async () => Number((await store.get(key))?.id), { waitMs }).catch(() => 'overdue' as const)
      figures.longestWaitMs = Math.max(figures.longestWaitMs, Math.round(performance.now() - startedAt))
      if (count === 'overdue' || performance.now() - startedAt > waitMs + 500) figures.overdue++
      else if (!(Number(count) >= acknowledged)) figures.corrupt++
      figures.orphans += readdirSync(directory).filter((name) => dead.some((pid) => name.includes(`.${pid}-`))).length
      writers[index] = start()
    }
  } finally {
    await Promise.all(writers.map((writer) => writer.kill()))
  }
  writers.forEach(settle)
  // All have gone: nothing but the record and its lock may be left.
  await fileStore({ directory }).get(key)
  expect(readdirSync(directory).map((name) => name.slice(64))).toEqual(['.json', '.lock'])
  return figures
}
