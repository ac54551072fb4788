import { type FSWatcher, watch } from 'node:fs'

interface Watched {
  /** Reads the id of the record that the file holds. */
  readonly readId: () => Promise<string | undefined>
  readonly listeners: Set<() => void>
  /** Of the record that was there at the last look. */
  seenId: string | undefined
  /** Of the record that this store itself has written last; `undefined` where it has deleted one, `null` before. */
  ownId: string | undefined | null
}

/**
 * Tells listeners of records that other contexts have written. One watch of the directory for all files; it keeps no
 * process alive. Where the system cannot watch (limits of inotify, network disks) nobody is told, and contexts notice
 * when they next read.
 */
export class FileWatch {
  readonly #watched = new Map<string, Watched>()
  #watcher: FSWatcher | undefined

  /** Adds a listener for a file. Returns the function that removes it. Nothing is heard before {@link start}. */
  add(fileName: string, readId: () => Promise<string | undefined>, listener: () => void): () => void {
    const watched = this.#watched.get(fileName) ?? { readId, listeners: new Set(), seenId: undefined, ownId: null }
    this.#watched.set(fileName, watched)
    // A function of its own: the same listener may be added twice.
    const call = (): void => listener()
    watched.listeners.add(call)
    return () => {
      watched.listeners.delete(call)
      if (watched.listeners.size === 0 && this.#watched.get(fileName) === watched) this.#watched.delete(fileName)
      if (this.#watched.size === 0) this.#stop()
    }
  }

  /** Begins to watch a directory, which exists, and tells of what was written since the listeners were added. */
  start(directory: string): void {
    if (this.#watcher || this.#watched.size === 0) return
    try {
      this.#watcher = watch(directory, { persistent: false }, (_, fileName) => this.#look(fileName))
    } catch {
      return
    }
    this.#watcher.on('error', () => this.#stop())
    this.#look(null)
  }

  /** Says that this store is about to write a record (or, without an id, to delete one): its listeners are not told of it. */
  expect(fileName: string, id: string | undefined): void {
    const watched = this.#watched.get(fileName)
    if (watched) watched.ownId = id
  }

  #stop(): void {
    this.#watcher?.close()
    this.#watcher = undefined
  }

  /** Some systems do not say which file has changed. */
  #look(fileName: string | null): void {
    for (const name of fileName === null ? this.#watched.keys() : [fileName]) {
      const watched = this.#watched.get(name)
      if (watched) tell(watched).catch(() => {})
    }
  }
}

async function tell(watched: Watched): Promise<void> {
  const id = await watched.readId()
  if (id === watched.seenId) return
  watched.seenId = id
  if (id === watched.ownId) return
  for (const listener of watched.listeners) listener()
}
