import { sleep } from '../../base/time.ts'
import { findWebLocks } from './web-locks.ts'

// Far longer than a browser takes to carry a write to its other processes.
const keepMs = 2_000

/** That something was written under a key, or deleted; a later write has a higher order. */
export interface WriteMark {
  readonly order: number
  readonly isDeletion: boolean
}

/**
 * A register of the latest writes to a storage that the browser copies between its processes in its own time. A Web Lock
 * does not order such a storage, but Web Locks are ordered among themselves, and any context may list them: whoever has
 * written holds, for a while, a shared lock whose *name* says so. Whoever reads asks for the names first, and then knows
 * what it should see. Without Web Locks there are no marks.
 */
export class WriteMarks {
  readonly #prefix: string
  // What this object has written is in this context's own copy.
  readonly #own = new Map<string, number>()

  constructor(place: string) {
    this.#prefix = `tokenwell:wrote:${place}:`
  }

  /** The latest mark that somebody holds. */
  async latest(key: string): Promise<WriteMark | undefined> {
    const { held = [] } = (await findWebLocks()?.query()) ?? {}
    let latest: WriteMark | undefined
    for (const { name = '' } of held) {
      const mark = name.startsWith(this.#prefix) ? parseMark(name.slice(this.#prefix.length), key) : undefined
      if (mark && mark.order > (latest?.order ?? -1)) latest = mark
    }
    return latest
  }

  isOwn(key: string, { order }: WriteMark): boolean {
    return this.#own.get(key) === order
  }

  /** Leaves a mark. It is there for everybody when this resolves. */
  async leave(key: string, { order, isDeletion }: WriteMark): Promise<void> {
    this.#own.set(key, order)
    const name = `${this.#prefix}${JSON.stringify([key, order, isDeletion])}`
    await new Promise<void>((resolve) => {
      const hold = (): Promise<void> => {
        resolve()
        return sleep(keepMs)
      }
      const request = findWebLocks()?.request(name, { mode: 'shared' }, hold) ?? Promise.resolve()
      // No mark: a document that is going away, and takes its locks along.
      request.then(() => resolve(), resolve)
    })
  }
}

function parseMark(text: string, key: string): WriteMark | undefined {
  try {
    const [of, order, isDeletion] = JSON.parse(text) as [unknown, number, boolean]
    return of === key ? { order, isDeletion } : undefined
  } catch {
    return undefined
  }
}
