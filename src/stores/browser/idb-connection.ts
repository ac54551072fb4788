import { deadline, tooLate } from '../../base/time.ts'

// A browser opens a database in some ms, on a busy machine in some hundred. Longer, and it hangs (Safari has done so).
const answerWithinMs = 2_000

/**
 * A connection to a database of one object store, opened when it is needed. It gives way to other versions and to
 * deletion, and is opened again after that. No operation waits without a bound.
 */
export class IdbConnection {
  readonly #database: string
  readonly #objectStore: string
  #opening: Promise<IDBDatabase> | undefined

  constructor(database: string, objectStore: string) {
    this.#database = database
    this.#objectStore = objectStore
  }

  /** Rejects where the database cannot be opened within 2 s. */
  async open(): Promise<void> {
    await this.#connect()
  }

  /** The result of the request, once its transaction is complete: a write is durable then. */
  async run<T>(mode: IDBTransactionMode, ask: (store: IDBObjectStore) => IDBRequest<T> | Promise<T>): Promise<T> {
    try {
      return await this.#transact(mode, ask)
    } catch (error) {
      // Closed under our hands, by the browser or by a change of version that came in between: once more.
      if ((error as { name?: unknown } | undefined)?.name !== 'InvalidStateError') throw error
      this.#opening = undefined
      return this.#transact(mode, ask)
    }
  }

  /** Closes it; the next operation opens it again. */
  close(): void {
    this.#opening?.then(
      (database) => database.close(),
      () => {},
    )
    this.#opening = undefined
  }

  async #transact<T>(mode: IDBTransactionMode, ask: (store: IDBObjectStore) => IDBRequest<T> | Promise<T>): Promise<T> {
    const database = await this.#connect()
    const transaction = database.transaction(this.#objectStore, mode, { durability: 'strict' })
    const complete = new Promise<void>((resolve, reject) => {
      transaction.addEventListener('complete', () => resolve())
      transaction.addEventListener('abort', () => reject(transaction.error))
    })
    const asked = ask(transaction.objectStore(this.#objectStore))
    const result = asked instanceof Promise ? asked : resultOf(asked)
    // One reason is enough.
    result.catch(() => {})
    // Where it has ended in this very moment, aborting it throws, and it is carried out once more: then it is certain.
    await answerOf(complete, () => transaction.abort())
    return result
  }

  #connect(): Promise<IDBDatabase> {
    if (!this.#opening) {
      const opening = this.#open()
      this.#opening = opening
      opening.catch(() => this.#forget(opening))
    }
    return this.#opening
  }

  #open(): Promise<IDBDatabase> {
    let isGivenUp = false
    let opening: Promise<IDBDatabase> | undefined
    const opened = new Promise<IDBDatabase>((resolve, reject) => {
      const request = globalThis.indexedDB.open(this.#database, 1)
      request.addEventListener('upgradeneeded', () => {
        request.result.createObjectStore(this.#objectStore)
      })
      request.addEventListener('error', () => reject(request.error))
      request.addEventListener('success', () => {
        const database = request.result
        // Too late: nobody uses it, and an open connection would block others.
        if (isGivenUp) return database.close()
        if (!database.objectStoreNames.contains(this.#objectStore)) {
          database.close()
          return reject(new DOMException('The database is somebody else’s.', 'NotFoundError'))
        }
        database.addEventListener('versionchange', () => {
          database.close()
          this.#forget(opening)
        })
        database.addEventListener('close', () => this.#forget(opening))
        resolve(database)
      })
    })
    opening = answerOf(opened, () => {
      isGivenUp = true
    })
    return opening
  }

  #forget(opening: Promise<IDBDatabase> | undefined): void {
    if (this.#opening === opening) this.#opening = undefined
  }
}

function resultOf<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.addEventListener('success', () => resolve(request.result))
    request.addEventListener('error', () => reject(request.error))
  })
}

/** Rejects where it takes too long, once `onTooLate` has tidied up. */
async function answerOf<T>(promise: Promise<T>, onTooLate: () => void): Promise<T> {
  const answer = await deadline(promise, answerWithinMs)
  if (answer !== tooLate) return answer
  onTooLate()
  throw new DOMException('The database did not answer.', 'TimeoutError')
}
