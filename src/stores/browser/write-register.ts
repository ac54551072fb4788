import { deadline, sleep, tooLate } from '../../base/time.ts'
import { findWebLocks } from './web-locks.ts'

// Far longer than a browser takes to carry a write to its other processes.
const keepMs = 2_000
// The lock manager answers within some ms.
const answerMs = 500

/** That something was written under a key, or deleted; a later write has a higher order. */
export interface WriteEntry {
  readonly order: number
  readonly isDeletion: boolean
}

/**
 * A register of the latest writes to a storage that the browser copies between its processes in its own time. A Web Lock
 * does not order such a storage, but Web Locks are ordered among themselves, and any context may list them: a context that
 * has written holds, for a while, a shared lock whose *name* says so. A context that reads asks for the names first, and
 * then knows what it should see. Without Web Locks the register is empty.
 */
export class WriteRegister {
  readonly #prefix: string
  // Writes of this object are in this context's own copy of the storage.
  readonly #own = new Map<string, number>()

  constructor(storage: string) {
    this.#prefix = `tokenwell:wrote:${storage}:`
  }

  /** The latest entry that somebody holds. Rejects where the browser does not say. */
  async latest(key: string): Promise<WriteEntry | undefined> {
    const locks = findWebLocks()
    if (!locks) return undefined
    const answer = await deadline(locks.query(), answerMs)
    if (answer === tooLate) throw new Error('The Web Locks of this context do not answer.')
    let latest: WriteEntry | undefined
    for (const { name = '' } of answer.held ?? []) {
      const entry = name.startsWith(this.#prefix) ? parseEntry(name.slice(this.#prefix.length), key) : undefined
      if (entry && entry.order > (latest?.order ?? -1)) latest = entry
    }
    return latest
  }

  /** Whether it was this object that wrote it. */
  isOwn(key: string, { order }: WriteEntry): boolean {
    return this.#own.get(key) === order
  }

  /** Enters a write. Everybody sees it when this resolves. */
  async enter(key: string, { order, isDeletion }: WriteEntry): Promise<void> {
    const locks = findWebLocks()
    if (!locks) return
    this.#own.set(key, order)
    const name = `${this.#prefix}${JSON.stringify([key, order, isDeletion])}`
    const entered = new Promise<void>((resolve) => {
      const hold = (): Promise<void> => {
        resolve()
        return sleep(keepMs)
      }
      const forget = (): void => {
        if (this.#own.get(key) === order) this.#own.delete(key)
        // No entry: a document that is going away, and takes its locks along.
        resolve()
      }
      locks.request(name, { mode: 'shared' }, hold).then(forget, forget)
    })
    await deadline(entered, answerMs)
  }
}

function parseEntry(text: string, key: string): WriteEntry | undefined {
  try {
    const [of, order, isDeletion] = JSON.parse(text) as [unknown, number, boolean]
    return of === key ? { order, isDeletion } : undefined
  } catch {
    return undefined
  }
}
