import { rm } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { ConfigurationError, type TokenStoreError } from '../../base/errors.ts'
import type { LockOptions, TokenRecord, TokenStore } from '../../token/token-store.ts'
import { asStoreError } from '../store-error.ts'
import { defaultDirectory, prepareDirectory } from './directory.ts'
import { removeLeftovers } from './leftovers.ts'
import { acquireFileLock } from './lock.ts'
import { fileNameOf, lockSuffix, recordSuffix, temporaryName } from './names.ts'
import { errorCode, hasGone } from './platform-error.ts'
import { readRecord, replaceDurably, syncDirectory } from './record.ts'
import { FileWatch } from './watch.ts'

export interface FileStoreOptions {
  /**
   * Where the files are. It is made when it is not there, and has to be the store's own: mode 0700, this user's, no
   * symbolic link. On a local disk: the locks of network disks cannot be relied upon.
   * @default `$XDG_STATE_HOME/tokenwell` or `~/.local/state/tokenwell`; on macOS `~/Library/Application Support/tokenwell`;
   * on Windows `%LOCALAPPDATA%\tokenwell`
   */
  directory?: string
}

/**
 * Keeps tokens in files, for all processes of this user on this machine. A record is written atomically and durably, and
 * read by nobody else (0600); it is not encrypted. The operating system releases a lock when its holder dies. Making it
 * does no I/O. Needs `node:sqlite` (Node.js 22.13) for its locks.
 *
 * @throws ConfigurationError where the directory is no path, or this user has no home; what its methods reject with is a
 * TokenStoreError that says what to do
 */
export function fileStore({ directory = defaultDirectory() }: FileStoreOptions = {}): TokenStore {
  if (typeof directory !== 'string' || directory === '' || directory.includes('\0')) {
    throw new ConfigurationError('directory', 'give the path of a directory, or none.')
  }
  // Now: a later change of the working directory moves no tokens.
  return new FileStore(resolve(directory))
}

// A sweep of another container, which cannot see our process, may take a file that is being written: once more, then.
const attempts = 3

class FileStore implements TokenStore {
  readonly #directory: string
  readonly #watch = new FileWatch()
  #isPrepared = false

  constructor(directory: string) {
    this.#directory = directory
  }

  get(key: string): Promise<TokenRecord | undefined> {
    return this.#use(() => readRecord(this.#path(fileNameOf(key) + recordSuffix), key))
  }

  set(key: string, record: TokenRecord): Promise<void> {
    // At once: what the caller changes later is not stored.
    const text = JSON.stringify(record)
    const name = fileNameOf(key)
    return this.#use(async () => {
      this.#watch.expect(name + recordSuffix, record.id)
      await replaceDurably(this.#path(name + recordSuffix), this.#path(temporaryName(name)), text)
    })
  }

  delete(key: string): Promise<void> {
    return this.#use(async () => {
      this.#watch.expect(fileNameOf(key) + recordSuffix, undefined)
      await rm(this.#path(fileNameOf(key) + recordSuffix), { force: true })
      await syncDirectory(this.#directory)
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
    const readId = async (): Promise<string | undefined> => (await this.get(key))?.id
    const stop = this.#watch.add(fileNameOf(key) + recordSuffix, readId, listener)
    this.#use(async () => this.#watch.start(this.#directory)).catch(() => {})
    return stop
  }

  async #acquire(key: string, options: LockOptions): Promise<() => void> {
    options.signal?.throwIfAborted()
    const deadline = performance.now() + options.waitMs
    try {
      return await this.#use(() => {
        // A second attempt has only what is left.
        const waitMs = Math.max(0, deadline - performance.now())
        return acquireFileLock(this.#path(fileNameOf(key) + lockSuffix), { ...options, waitMs })
      })
    } catch (error) {
      // The caller's own reason, and not an error of ours made of it.
      options.signal?.throwIfAborted()
      throw error
    }
  }

  #path(fileName: string): string {
    return join(this.#directory, fileName)
  }

  /** Does something with the directory, which is prepared before the first time, and again where it has gone since. */
  async #use<T>(work: () => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      try {
        if (!this.#isPrepared) await this.#prepare()
        return await work()
      } catch (error) {
        if (!hasGone(error) || attempt === attempts) throw this.#toStoreError(error)
        this.#isPrepared = false
      }
    }
  }

  // Twice at the same time does no harm. One that waited for the other would hang with it.
  async #prepare(): Promise<void> {
    await prepareDirectory(this.#directory)
    await removeLeftovers(this.#directory)
    this.#isPrepared = true
  }

  #toStoreError(thrown: unknown): TokenStoreError {
    const code = errorCode(thrown)
    const reason = code ? ` (${code})` : ''
    return asStoreError(
      thrown,
      `The store's directory ${this.#directory} cannot be used${reason}: check its disk, its owner and its permissions.`,
    )
  }
}
