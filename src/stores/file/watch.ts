import { type FSWatcher, lstatSync, watch } from 'node:fs'
import { basename } from 'node:path'
import { Listeners } from '../listeners.ts'
import { identityOf } from './platform.ts'

export interface FileWatchOptions {
  readonly directory: string
  /** Reads the id of the record that a file holds, `undefined` where there is none. */
  readId(fileName: string): Promise<string | undefined>
  /** Called when the directory has gone, or has been moved: another one may come into its place. */
  onGone(): void
}

/** What listeners need not be told of. */
interface Known {
  /**
   * The id of the record that they were told of last, or that this store has written since; `undefined` for none, `null` where
   * nothing is known.
   */
  id: string | undefined | null
  /** Whether something may have been written since that was not watched. */
  hasMissed: boolean
}

/**
 * Tells listeners of records that other contexts have written. One watch of the directory for all files; it keeps no
 * process alive. Where the system cannot watch (limits of inotify, network disks) nobody is told, and contexts notice
 * when they next read.
 */
export class FileWatch {
  readonly #options: FileWatchOptions
  readonly #listeners = new Listeners({ onEmpty: () => this.#stop() })
  readonly #known = new Map<string, Known>()
  #watcher: FSWatcher | undefined
  /** Of the directory that is watched. */
  #identity: string | undefined

  constructor(options: FileWatchOptions) {
    this.#options = options
  }

  /** Listens, as long as the listener or the function that stops it is held. */
  add(fileName: string, listener: () => void): () => void {
    const stop = this.#listeners.add(fileName, listener)
    const isWatched = this.#start()
    // Where there is no directory yet, there is no record either.
    const id = isWatched ? null : undefined
    if (!this.#known.has(fileName)) this.#known.set(fileName, { id, hasMissed: !isWatched })
    this.#forgetUnheard()
    return stop
  }

  /** Says that the directory is there now: it is watched, if anybody listens, and what was missed is told. */
  resume(): void {
    if (this.#hasGone()) this.#lose()
    if (this.#listeners.size === 0 || !this.#start()) return
    this.#look(this.#listeners.keys().filter((fileName) => this.#known.get(fileName)?.hasMissed))
  }

  /** Says that this store is about to write a record (or, without an id, to delete one): its listeners are not told of it. */
  expect(fileName: string, id: string | undefined): void {
    const known = this.#known.get(fileName)
    if (known) known.id = id
  }

  #start(): boolean {
    const { directory } = this.#options
    try {
      this.#watcher ??= watch(directory, { persistent: false }, (event, fileName) => {
        // Something has become of the directory itself. What comes into its place is another one, which is not watched.
        if (event === 'rename' && fileName === basename(directory)) this.#checkDirectory()
        // Some systems do not say which file has changed.
        else this.#look(fileName === null ? this.#listeners.keys() : [fileName])
      }).on('error', () => this.#lose())
      this.#identity ??= identityAt(directory)
      return true
    } catch {
      return false
    }
  }

  #checkDirectory(): void {
    if (!this.#hasGone()) return
    this.#lose()
    this.#options.onGone()
  }

  #hasGone(): boolean {
    return this.#watcher !== undefined && identityAt(this.#options.directory) !== this.#identity
  }

  #lose(): void {
    this.#watcher?.close()
    this.#watcher = undefined
    this.#identity = undefined
    for (const known of this.#known.values()) known.hasMissed = true
  }

  #stop(): void {
    this.#lose()
    this.#known.clear()
  }

  #look(fileNames: readonly string[]): void {
    for (const fileName of fileNames) {
      if (this.#listeners.has(fileName)) this.#tell(fileName).catch(() => {})
      else this.#known.delete(fileName)
    }
  }

  async #tell(fileName: string): Promise<void> {
    const known = this.#known.get(fileName)
    if (!known) return
    known.hasMissed = false
    const id = await this.#options.readId(fileName)
    if (id === known.id) return
    known.id = id
    this.#listeners.notify(fileName)
  }

  /** Listeners that were collected say nothing. */
  #forgetUnheard(): void {
    if (this.#known.size <= 2 * this.#listeners.size) return
    for (const fileName of this.#known.keys()) if (!this.#listeners.has(fileName)) this.#known.delete(fileName)
  }
}

function identityAt(path: string): string | undefined {
  const stats = lstatSync(path, { bigint: true, throwIfNoEntry: false })
  return stats && identityOf(stats)
}
