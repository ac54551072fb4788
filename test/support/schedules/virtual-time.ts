import { AsyncLocalStorage } from 'node:async_hooks'
import { createHash } from 'node:crypto'
import { vi } from 'vitest'
import type { EventLoop } from './event-loop.ts'

// Taken before anything is replaced.
const realImmediate = setImmediate

/** When a schedule begins, ms since the epoch. */
const startAt = Date.UTC(2026, 0, 1)

/** A timer of virtual time, as `setTimeout` returns it. */
export class VirtualTimer {
  readonly dueAt: number
  readonly order: number
  readonly loop: EventLoop | undefined
  readonly task: () => unknown
  isCleared = false

  constructor(dueAt: number, order: number, loop: EventLoop | undefined, task: () => unknown) {
    this.dueAt = dueAt
    this.order = order
    this.loop = loop
    this.task = task
  }

  ref(): this {
    return this
  }

  unref(): this {
    return this
  }
}

/**
 * Time that passes only when it is told to, for several event loops at once. Whatever runs belongs to the loop that began
 * it, across all that it awaits; what belongs to none is the world outside (servers, stores). Each loop has a wall clock of
 * its own; the monotonic clock is the same for all.
 */
export class VirtualTime {
  readonly #loops = new AsyncLocalStorage<EventLoop | undefined>()
  // The next one is the last.
  readonly #timers: VirtualTimer[] = []
  #now = 0
  #order = 0

  /** Milliseconds since the schedule began. */
  get now(): number {
    return this.#now
  }

  get current(): EventLoop | undefined {
    return this.#loops.getStore()
  }

  /** Runs something as a part of a loop, or of the world outside. */
  runIn<T>(loop: EventLoop | undefined, work: () => T): T {
    return this.#loops.run(loop, work)
  }

  /** The world's wall clock, which is right. */
  wallClock(): number {
    return startAt + this.#now
  }

  /** A timer of the loop that runs now. */
  setTimer(task: () => unknown, delayMs: number): VirtualTimer {
    return this.#start(task, delayMs, this.current)
  }

  /** A timer of the world outside, which no loop holds up. */
  setWorldTimer(task: () => unknown, delayMs: number): VirtualTimer {
    return this.#start(task, delayMs, undefined)
  }

  #start(task: () => unknown, delayMs: number, loop: EventLoop | undefined): VirtualTimer {
    // As Node.js does: whole milliseconds, one at least.
    const timer = new VirtualTimer(this.#now + Math.max(1, Math.trunc(delayMs) || 0), this.#order++, loop, task)
    this.#timers.splice(this.#placeOf(timer), 0, timer)
    return timer
  }

  clearTimer(timer: VirtualTimer | undefined): void {
    if (!timer || timer.isCleared) return
    timer.isCleared = true
    const place = this.#placeOf(timer)
    if (this.#timers[place] === timer) this.#timers.splice(place, 1)
  }

  /** Lets time pass, timer by timer, with all that follows of each. */
  async pass(ms: number): Promise<void> {
    const endAt = this.#now + ms
    await this.settle()
    for (let next = this.#timers.at(-1); next && next.dueAt <= endAt; next = this.#timers.at(-1)) {
      this.#timers.pop()
      next.isCleared = true
      this.#now = next.dueAt
      if (next.loop) next.loop.fire(next)
      else await this.runIn(undefined, next.task)
      await this.settle()
    }
    this.#now = endAt
  }

  /** Waits for everything that needs no time. */
  settle(): Promise<void> {
    return new Promise((resolve) => realImmediate(resolve))
  }

  sleep(ms: number): Promise<void> {
    return new Promise((resolve) => this.setTimer(resolve, ms))
  }

  /** Takes the place of what the platform does in real time, until `vi.unstubAllGlobals` and `vi.restoreAllMocks`. */
  install(): void {
    vi.stubGlobal('setTimeout', (task: (...args: unknown[]) => void, delayMs = 0, ...args: unknown[]) =>
      this.setTimer(() => task(...args), delayMs),
    )
    vi.stubGlobal('clearTimeout', (timer: VirtualTimer | undefined) => this.clearTimer(timer))
    vi.spyOn(performance, 'now').mockImplementation(() => this.#now)
    vi.spyOn(Date, 'now').mockImplementation(() => this.wallClock() + (this.current?.dateSkewMs ?? 0))
    // The platform hashes in a thread of its own, outside of virtual time.
    vi.spyOn(crypto.subtle, 'digest').mockImplementation(async (_, data) => {
      const { buffer } = Uint8Array.from(
        createHash('sha256')
          .update(new Uint8Array(data as ArrayBuffer))
          .digest(),
      )
      return buffer
    })
  }

  #placeOf({ dueAt, order }: VirtualTimer): number {
    let low = 0
    let high = this.#timers.length
    while (low < high) {
      const middle = (low + high) >> 1
      const other = this.#timers[middle] as VirtualTimer
      if (other.dueAt > dueAt || (other.dueAt === dueAt && other.order > order)) low = middle + 1
      else high = middle
    }
    return low
  }
}
