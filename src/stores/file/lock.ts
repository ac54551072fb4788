import { chmodSync, lstatSync } from 'node:fs'
import type { DatabaseSync } from 'node:sqlite'
import { sleep } from '../../base/time.ts'
import type { LockOptions } from '../../token/token-store.ts'
import { lockNotAcquired, storeFailed } from '../store-error.ts'
import { refuseForeignOwner } from './directory.ts'
import { identityOf, isSqliteError } from './platform.ts'

// Asking costs some 10 µs. Spread, so that many who wait do not all ask at the same moment.
const poll = { leastMs: 4, spreadMs: 12 }

const [busy, notADatabase] = [5, 26]

/**
 * Takes the lock that a file stands for, and returns the function that gives it back. The lock is the one that SQLite
 * takes before it writes; nothing is ever written. It excludes other processes, threads and stores of this process, and
 * the operating system takes it back from a process that dies.
 *
 * @throws TokenStoreError `'lock_not_acquired'` after `waitMs`, `'store_failed'` where it can never be acquired; the
 * signal's reason
 */
export async function acquireFileLock(path: string, { waitMs, signal }: LockOptions): Promise<() => void> {
  const Database = await loadDatabase()
  const deadline = performance.now() + waitMs
  let lock: OpenLock | undefined
  try {
    for (;;) {
      signal?.throwIfAborted()
      lock ??= openLock(Database, path)
      if (tryLock(lock.database, path)) {
        const { database, identity } = lock
        lock = undefined
        if (identify(path) === identity) return () => database.close()
        // Removed by a sweep while we waited: others do not see a lock on it.
        database.close()
      }
      const leftMs = deadline - performance.now()
      if (leftMs <= 0) throw lockNotAcquired(waitMs)
      await sleep(Math.min(leftMs, poll.leastMs + Math.random() * poll.spreadMs), { signal })
    }
  } finally {
    lock?.database.close()
  }
}

interface OpenLock {
  readonly database: DatabaseSync
  /** Of the file that was opened. */
  readonly identity: string
}

// Nothing in here is asynchronous, and no file is opened by other means than SQLite: POSIX locks belong to a process and
// a file, and closing any other descriptor of the file would drop them.
function openLock(Database: typeof DatabaseSync, path: string): OpenLock {
  // SQLite makes files for everybody to read, and the umask may be too narrow as well as too wide.
  if (identify(path) === undefined) new Database(path).close()
  const { mode } = lstatSync(path)
  if ((mode & 0o777) !== 0o600 && process.platform !== 'win32') chmodSync(path, 0o600)
  const identity = identify(path) ?? ''
  return { identity, database: new Database(path) }
}

function tryLock(database: DatabaseSync, path: string): boolean {
  try {
    // In memory: else the first page of a new database would be noted in a journal beside it, which a crash leaves behind.
    database.exec('PRAGMA journal_mode = MEMORY; BEGIN IMMEDIATE')
    return true
  } catch (error) {
    if (isSqliteError(error, busy)) return false
    throw isSqliteError(error, notADatabase) ? storeFailed(`${path} was changed by another program: remove it.`, error) : error
  }
}

/** Tells a file from one that was made later at the same path. `undefined` where there is none. */
function identify(path: string): string | undefined {
  const stats = lstatSync(path, { bigint: true, throwIfNoEntry: false })
  if (!stats) return undefined
  if (!stats.isFile()) throw storeFailed(`${path} is not a file: remove it.`)
  refuseForeignOwner(stats, path)
  return identityOf(stats)
}

async function loadDatabase(): Promise<typeof DatabaseSync> {
  try {
    // Imported when it is needed: Node 22 prints a warning with its first use.
    return (await import('node:sqlite')).DatabaseSync
  } catch (error) {
    throw storeFailed('The file store needs node:sqlite: use Node.js 22.13 or later.', error)
  }
}
