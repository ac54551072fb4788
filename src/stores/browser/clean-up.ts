import { isEndedRecord } from '../ended-record.ts'
import type { OriginStorage, StoredRecord } from './origin-storage.ts'

const lookedAtEach = 32

/** Runs a task under the lock of a key, or rejects at once where another context holds it. */
export type WithFreeLock = (key: string, task: () => Promise<void>) => Promise<void>

/**
 * Removes records that have ended. It looks at some of them, chosen at random, since a page may live for one write only. Each
 * is looked at again under its lock: another context may just have renewed it.
 */
export async function removeEnded(storage: OriginStorage, withFreeLock: WithFreeLock): Promise<void> {
  const names = (await storage.names()).filter((name) => name.startsWith('tokenwell:'))
  const first = Math.floor(Math.random() * names.length)
  const chosen = [...names.slice(first), ...names.slice(0, first)].slice(0, lookedAtEach)
  const hasEnded = async (name: string): Promise<boolean> => {
    const stored = await storage.get(name)
    const { writtenAt = 0 } = (stored ?? {}) as Partial<StoredRecord>
    return isEndedRecord(stored, writtenAt) && stored.key === name
  }
  for (const name of chosen) {
    if (!(await hasEnded(name).catch(() => false))) continue
    const remove = async () => {
      if (await hasEnded(name)) await storage.delete(name)
    }
    await withFreeLock(name, remove).catch(() => {})
  }
}
