import { existsSync, unlinkSync } from 'node:fs'
import { readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { acquireFileLock } from './lock.ts'
import { isLockFile, lockSuffix, recordSuffix, writerOf } from './names.ts'

// Writing takes milliseconds. A process id may since have gone to another process, one that lives long.
const longestWriteMs = 60_000

/**
 * Removes what processes that died have left in a directory: records half written, and locks of keys that never got a
 * record. What cannot be removed stays for the next time.
 */
export async function removeLeftovers(directory: string): Promise<void> {
  const names = await readdir(directory)
  const present = new Set(names)
  for (const name of names) {
    const path = join(directory, name)
    const writer = writerOf(name)
    if (writer !== undefined) await removeTemporary(path, writer).catch(() => {})
    else if (isLockFile(name) && !present.has(recordOf(name))) await removeLock(path).catch(() => {})
  }
}

async function removeTemporary(path: string, writer: number): Promise<void> {
  const { mtimeMs } = await stat(path)
  if (isAbandoned(writer, mtimeMs, Date.now())) await rm(path, { force: true })
}

function isAbandoned(writer: number, writtenAt: number, now: number): boolean {
  if (now - writtenAt > longestWriteMs) return true
  // In a container the process before this one often had the same id.
  if (writer === process.pid) return writtenAt < now - process.uptime() * 1000
  return !isAlive(writer)
}

function isAlive(pid: number): boolean {
  try {
    // Sends nothing: it only says whether it could.
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH'
  }
}

/** Under the lock itself, so that nobody holds it. Whoever waits for it sees that its file has gone, and takes the next one. */
async function removeLock(path: string): Promise<void> {
  const release = await acquireFileLock(path, { waitMs: 0 })
  try {
    if (!existsSync(recordOf(path))) unlinkSync(path)
  } finally {
    release()
  }
}

const recordOf = (lockName: string): string => lockName.slice(0, -lockSuffix.length) + recordSuffix
