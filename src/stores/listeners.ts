export interface ListenersOptions {
  /** Called each time the last listener of a key has gone. */
  onKeyEnd?: (key: string) => void
  /** Called each time the last listener has gone, stopped or collected: nothing has to be heard any more. */
  onEmpty?: () => void
}

type Listener = () => void
type Ref = Pick<WeakRef<Listener>, 'deref'>

/**
 * The listeners of a store, by key. Each is held weakly: it lives as long as its stop function, or the listener itself, is
 * held by somebody else. A manager that is dropped without `dispose()` is collected, and its listener with it.
 */
export class Listeners {
  readonly #options: ListenersOptions
  readonly #refs = new Map<string, Set<Ref>>()
  // Owned by the store: nothing has to be cleaned up once the store itself is collected.
  readonly #collected: FinalizationRegistry<{ key: string; ref: Ref }> | undefined

  constructor(options: ListenersOptions = {}) {
    this.#options = options
    // workerd has no weak references before its compatibility date of 2025-05-05. There, listeners are held.
    if (typeof FinalizationRegistry === 'function') {
      this.#collected = new FinalizationRegistry(({ key, ref }) => this.#remove(key, ref))
    }
  }

  /** Adds a listener. Returns the function that stops it, which also keeps it alive. */
  add(key: string, listener: Listener): () => void {
    const ref: Ref = this.#collected ? new WeakRef(listener) : { deref: () => listener }
    const refs = this.#refs.get(key) ?? new Set()
    this.#refs.set(key, refs.add(ref))
    this.#collected?.register(listener, { key, ref }, ref)
    return () => {
      // This use keeps the listener alive.
      if (ref.deref() === listener) this.#remove(key, ref)
    }
  }

  /** Whether somebody listens to a key. */
  has(key: string): boolean {
    return [...(this.#refs.get(key) ?? [])].some((ref) => ref.deref())
  }

  /** Calls the listeners of a key, each once. One that throws hinders no other. */
  notify(key: string): void {
    for (const listener of this.#live(key)) {
      try {
        listener()
      } catch {}
    }
  }

  /** How many keys are listened to. */
  get size(): number {
    return this.#refs.size
  }

  /** The keys that are listened to, as they are now. */
  keys(): string[] {
    return [...this.#refs.keys()]
  }

  #live(key: string): Listener[] {
    const live: Listener[] = []
    for (const ref of [...(this.#refs.get(key) ?? [])]) {
      const listener = ref.deref()
      if (listener) live.push(listener)
      else this.#remove(key, ref)
    }
    return live
  }

  #remove(key: string, ref: Ref): void {
    const refs = this.#refs.get(key)
    if (!refs?.delete(ref)) return
    this.#collected?.unregister(ref)
    if (refs.size > 0) return
    this.#refs.delete(key)
    this.#options.onKeyEnd?.(key)
    if (this.#refs.size === 0) this.#options.onEmpty?.()
  }
}
