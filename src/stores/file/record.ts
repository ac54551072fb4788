import { constants } from 'node:fs'
import { type FileHandle, open, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { TokenRecord } from '../../token/token-store.ts'
import { storeFailed } from '../store-error.ts'
import { refuseForeignOwner } from './directory.ts'
import { errorCode } from './platform.ts'

// An access token has 16 KiB at most. A file that is far larger was not written by us.
const largestBytes = 4 * 1024 * 1024

// Not through a link, and without waiting for a writer where somebody has put a pipe. Windows has neither.
const readFlags = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0)

/**
 * Reads the JSON value of a file; the caller judges whether it is a record. `undefined` where there is no file, or one that
 * holds no JSON. Rejects where the file cannot be read.
 */
export async function readStored(path: string): Promise<TokenRecord | undefined> {
  const file = await openExisting(path)
  if (!file) return undefined
  try {
    const stats = await file.stat()
    if (!stats.isFile()) throw storeFailed(`${path} is not a file: remove it.`)
    refuseForeignOwner(stats, path)
    // Restored from a backup, or copied by hand.
    if ((stats.mode & 0o077) !== 0 && process.platform !== 'win32') await file.chmod(0o600)
    return stats.size > largestBytes ? undefined : parse(await file.readFile('utf8'))
  } finally {
    await file.close()
  }
}

async function openExisting(path: string): Promise<FileHandle | undefined> {
  try {
    return await open(path, readFlags)
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined
    if (errorCode(error) === 'ELOOP') throw storeFailed(`${path} is a symbolic link, which this store never makes: remove it.`, error)
    throw error
  }
}

function parse(text: string): TokenRecord | undefined {
  try {
    return JSON.parse(text) ?? undefined
  } catch {
    return undefined
  }
}

/**
 * Puts a string in the place of a file. A crash at any moment leaves the old one or the new one, and the new one once this has
 * resolved.
 */
export async function replaceDurably(path: string, temporaryPath: string, text: string): Promise<void> {
  try {
    const file = await open(temporaryPath, 'wx', 0o600)
    try {
      // A umask can have taken our own permissions.
      await file.chmod(0o600)
      await file.writeFile(text)
      await file.sync()
    } finally {
      await file.close()
    }
    await rename(temporaryPath, path)
  } catch (error) {
    await rm(temporaryPath, { force: true }).catch(() => {})
    throw error
  }
  await syncDirectory(dirname(path))
}

/** A name is durable when its directory is. Windows cannot do so, and does not need it: NTFS keeps a journal of names. */
export async function syncDirectory(directory: string): Promise<void> {
  if (process.platform === 'win32') return
  const handle = await open(directory, constants.O_RDONLY)
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}
