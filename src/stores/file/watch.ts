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

/** The state of a file that its listeners know. */
interface Known {
  /**
   * The id of the record that they were told of last, or that this store has written since; `undefined` for none, `null` where
   * nothing is known.
   */
  id: string | undefined | null
  /** Whether something may have been written while the directory was not watched. */
  hasMissed: boolean
}

/**
 * Tells listeners of records that other contexts have written. One watch of the directory for all files; it keeps no
 * process alive. Where the system cannot watch (limits of inotify, network disks) nobody is told, and contexts notice
 * when they next read.
 */
export class FileWatch {
  readonly #options: FileWatchOptions
  /** By the name of the file, as long as somebody listens. */
  readonly #known = new Map<string, Known>()
  readonly #listeners = new Listeners({ onKeyEnd: (fileName) => this.#known.delete(fileName), onEmpty: () => this.#lose() })
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
    return stop
  }

  /** Says that the directory is there now: it is watched, if anybody listens, and what was missed is told. */
  resume(): void {
    if (this.#hasGone()) this.#lose()
    if (this.#listeners.size === 0 || !this.#start()) return
    for (const [fileName, { hasMissed }] of this.#known) if (hasMissed) this.#look(fileName)
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
        // Something happened to the directory itself. A new directory at the same path would not be watched.
        if (event === 'rename' && fileName === basename(directory)) this.#checkDirectory()
        // Some systems do not say which file has changed.
        else for (const name of fileName === null ? this.#listeners.keys() : [fileName]) this.#look(name)
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

  #look(fileName: string): void {
    const known = this.#known.get(fileName)
    if (!known) return
    known.hasMissed = false
    const tell = (id: string | undefined): void => {
      if (id === known.id) return
      known.id = id
      this.#listeners.notify(fileName)
    }
    // A read that fails tells nothing: a later event, or the next read of the caller, does.
    this.#options.readId(fileName).then(tell, () => {})
  }
}

function identityAt(path: string): string | undefined {
  const stats = lstatSync(path, { bigint: true, throwIfNoEntry: false })
  return stats && identityOf(stats)
}
