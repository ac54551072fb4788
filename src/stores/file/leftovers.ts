import { existsSync, statSync, unlinkSync } from 'node:fs'
import { readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { isEndedRecord } from '../ended-record.ts'
import { acquireFileLock } from './lock.ts'
import { fileNameOf, isLockFile, isRecordFile, lockSuffix, recordSuffix, writerOf } from './names.ts'
import { readStored } from './record.ts'

// Writing takes milliseconds. A process id may since have gone to another process, one that lives long.
const longestWriteMs = 60_000
// A record is kept for at least this long after its write, so that most files need not be read.
const youngMs = 86_400_000
// Bounds one sweep, in a directory of any size and on a slow disk. It starts at a random file: many sweeps cover all of them.
const sweep = { files: 128, longestMs: 500 }

/**
 * Removes files of no further use: of dead processes (half-written records, locks of keys without a record), records that
 * ended more than a day ago, and files that hold no record. One sweep looks at some of the files only. A file that cannot be
 * removed is left for a later sweep.
 */
export async function removeLeftovers(directory: string): Promise<void> {
  const names = await readdir(directory)
  const present = new Set(names)
  const first = Math.floor(Math.random() * names.length)
  const giveUpAt = performance.now() + sweep.longestMs
  for (const name of [...names.slice(first), ...names.slice(0, first)].slice(0, sweep.files)) {
    if (performance.now() > giveUpAt) return
    const path = join(directory, name)
    const writer = writerOf(name)
    if (writer !== undefined) await removeTemporary(path, writer).catch(() => {})
    else if (isRecordFile(name)) await removeEnded(path, name).catch(() => {})
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

async function removeEnded(path: string, name: string): Promise<void> {
  const { mtimeMs, ino } = await stat(path)
  if (mtimeMs + youngMs > Date.now()) return
  const stored = await readStored(path)
  const isOver = stored === undefined || (isEndedRecord(stored, mtimeMs) && fileNameOf(stored.key) + recordSuffix === name)
  if (!isOver) return
  const lockPath = lockOf(path)
  await withFreeLock(lockPath, () => {
    const now = statSync(path)
    // The same file: it has not been written since it was read.
    if (now.mtimeMs === mtimeMs && now.ino === ino) unlinkSync(path)
    if (!existsSync(path)) unlinkSync(lockPath)
  })
}

async function removeLock(path: string): Promise<void> {
  await withFreeLock(path, () => {
    if (!existsSync(recordOf(path))) unlinkSync(path)
  })
}

/** Runs the task under a lock that nobody holds. A process that waits for it notices that its file has gone, and takes the new one. */
async function withFreeLock(lockPath: string, task: () => void): Promise<void> {
  const release = await acquireFileLock(lockPath, { waitMs: 0 })
  try {
    task()
  } finally {
    release()
  }
}

const recordOf = (lockName: string): string => lockName.slice(0, -lockSuffix.length) + recordSuffix
const lockOf = (recordName: string): string => recordName.slice(0, -recordSuffix.length) + lockSuffix
