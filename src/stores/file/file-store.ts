import { rm } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { type Check, check, readFields } from '../../base/check.ts'
import type { LockOptions, TokenRecord, TokenStore } from '../../token/token-store.ts'
import { OperationQueue } from '../operation-queue.ts'
import { defaultDirectory, prepareDirectory } from './directory.ts'
import { removeLeftovers } from './leftovers.ts'
import { acquireFileLock } from './lock.ts'
import { fileNameOf, lockSuffix, recordSuffix, temporaryName } from './names.ts'
import { PreparedDirectory, within } from './prepared-directory.ts'
import { readStored, replaceDurably, syncDirectory } from './record.ts'
import { FileWatch } from './watch.ts'

/** Options of `fileStore()`. */
export interface FileStoreOptions {
  /**
   * Where the files are. It is made when it is not there, and has to be the store's own: mode 0700, this user's, no
   * symbolic link. On a local disk: the locks of network disks cannot be relied upon.
   * @default `$XDG_STATE_HOME/tokenwell` or `~/.local/state/tokenwell`; on macOS `~/Library/Application Support/tokenwell`;
   * on Windows `%LOCALAPPDATA%\tokenwell`
   */
  directory?: string | undefined
}

/**
 * Keeps tokens in files, for all processes of this user on this machine. A record is written atomically and durably. Only
 * this user can read it (0600); it is not encrypted. The operating system releases a lock when its holder dies. The first
 * operation, and every 64th write, removes files of dead processes and records that ended more than a day ago. A new store
 * does no I/O before its first operation. Needs `node:sqlite` (Node.js 22.13) for its locks.
 *
 * @throws ConfigurationError where the directory is no path, an option is unknown, or this user has no home. Its methods
 * reject with a TokenStoreError that says what to do
 */
export function fileStore(options: FileStoreOptions = {}): TokenStore {
  const { directory = defaultDirectory() } = readFields('options', options, { directory: aPath })
  // Now: a later change of the working directory moves no tokens.
  return new FileStore(resolve(directory))
}

const aPath: Check = (option, value) =>
  check(option, typeof value === 'string' && value !== '' && !value.includes('\0'), 'must be the path of a directory')

// A disk answers within milliseconds. A write that takes longer than this may still be carried out.
const limitMs = 3_000
const writesPerSweep = 64

class FileStore implements TokenStore {
  readonly #path: string
  readonly #directory: PreparedDirectory
  readonly #queue = new OperationQueue()
  readonly #watch: FileWatch
  // Since the last sweep.
  #writes = 0
  #isSweeping = false

  constructor(path: string) {
    this.#path = path
    this.#watch = new FileWatch({
      directory: path,
      readId: async (fileName) => (await this.#read(fileName))?.id,
      onGone: () => this.#directory.lose(),
    })
    this.#directory = new PreparedDirectory(path, async () => {
      await prepareDirectory(path)
      this.#watch.resume()
      await removeLeftovers(path)
    })
  }

  get(key: string): Promise<TokenRecord | undefined> {
    return this.#read(fileNameOf(key) + recordSuffix)
  }

  async set(key: string, record: TokenRecord): Promise<void> {
    // At once: later changes by the caller are not stored.
    const text = JSON.stringify(record)
    const name = fileNameOf(key)
    await this.#write(() => {
      this.#watch.expect(name + recordSuffix, record.id)
      return replaceDurably(this.#pathOf(name + recordSuffix), this.#pathOf(temporaryName(name)), text)
    })
    this.#writes++
    if (this.#writes >= writesPerSweep && !this.#isSweeping) this.#sweep().catch(() => {})
  }

  delete(key: string): Promise<void> {
    const name = fileNameOf(key) + recordSuffix
    return this.#write(async () => {
      this.#watch.expect(name, undefined)
      await rm(this.#pathOf(name), { force: true })
      await syncDirectory(this.#path)
    })
  }

  async lock<T>(key: string, task: () => Promise<T>, options: LockOptions): Promise<T> {
    const release = await this.#acquire(key, options)
    try {
      return await task()
    } finally {
      release()
    }
  }

  subscribe(key: string, listener: () => void): () => void {
    const stop = this.#watch.add(fileNameOf(key) + recordSuffix, listener)
    // Where there is no directory, it is made, so that it can be watched. Where it cannot be used, the next operation says so.
    this.#directory.prepare().catch(() => {})
    return stop
  }

  async #acquire(key: string, options: LockOptions): Promise<() => void> {
    options.signal?.throwIfAborted()
    const giveUpAt = performance.now() + options.waitMs
    try {
      // Not in the queue: a context that waits for a lock must not block the reads and writes of its holder.
      return await this.#directory.use(() => {
        // A second attempt has only what is left.
        const waitMs = Math.max(0, giveUpAt - performance.now())
        return acquireFileLock(this.#pathOf(fileNameOf(key) + lockSuffix), { ...options, waitMs })
      })
    } catch (error) {
      // The caller's own reason, and not an error of ours made of it.
      options.signal?.throwIfAborted()
      throw error
    }
  }

  #read(fileName: string): Promise<TokenRecord | undefined> {
    return this.#queue.run(() => this.#directory.use(() => within(limitMs, readStored(this.#pathOf(fileName)))))
  }

  #write(work: () => Promise<void>): Promise<void> {
    return this.#queue.run(() => this.#directory.use(() => within(limitMs, work(), 'outcome_unknown')))
  }

  /** Runs in the background. */
  async #sweep(): Promise<void> {
    this.#writes = 0
    this.#isSweeping = true
    try {
      await removeLeftovers(this.#path)
    } finally {
      this.#isSweeping = false
    }
  }

  #pathOf(fileName: string): string {
    return join(this.#path, fileName)
  }
}
