import type { VirtualTime, VirtualTimer } from './virtual-time.ts'

/**
 * The event loop of one context (a process, a tab), with a wall clock of its own. While it is blocked (it computes, it was
 * stopped, its machine sleeps) its timers do not run and what arrives waits; afterwards timers run first, and then what has
 * arrived is read, as in libuv.
 */
export class EventLoop {
  readonly #time: VirtualTime
  readonly #late: VirtualTimer[] = []
  readonly #arrived: (() => void)[] = []
  #blocks = 0
  /** How far its wall clock is ahead, ms. */
  skewMs = 0
  /** Whether `Date.now` shows that, or only the option `now`. */
  isDateSkewed = true
  /** For how long it was blocked in all, ms. */
  blockedMs = 0

  constructor(time: VirtualTime) {
    this.#time = time
  }

  get isBlocked(): boolean {
    return this.#blocks > 0
  }

  get dateSkewMs(): number {
    return this.isDateSkewed ? this.skewMs : 0
  }

  /** Its wall clock. */
  now(): number {
    return this.#time.wallClock() + this.skewMs
  }

  block(ms: number): void {
    this.#blocks++
    this.blockedMs += ms
    this.#time.setWorldTimer(() => (this.#blocks > 1 ? this.#blocks-- : this.#wake()), ms)
  }

  /** Runs a timer that is due, now or when the loop runs again. */
  fire(timer: VirtualTimer): void {
    if (this.isBlocked) {
      timer.isCleared = false
      this.#late.push(timer)
    } else this.#time.runIn(this, timer.task)
  }

  /** Reads something that has come from outside, now or when the loop runs again. */
  read(task: () => void): void {
    if (this.isBlocked) this.#arrived.push(task)
    else this.#time.runIn(this, task)
  }

  /** A promise of this loop for an answer of the world outside. */
  answer<T>(work: () => Promise<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      this.#time.runIn(undefined, work).then(
        (value) => this.read(() => resolve(value)),
        (error: unknown) => this.read(() => reject(error)),
      )
    })
  }

  /** Work that the world outside asks of this loop. */
  perform<T>(work: () => Promise<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      this.read(() => void new Promise<T>((done) => done(work())).then(resolve, reject))
    })
  }

  /** Still blocked while it catches up: what comes meanwhile takes its turn. */
  async #wake(): Promise<void> {
    for (let timer = this.#late.shift(); timer; timer = this.#late.shift()) {
      if (timer.isCleared) continue
      this.#time.runIn(this, timer.task)
      await this.#time.settle()
    }
    for (let task = this.#arrived.shift(); task; task = this.#arrived.shift()) {
      this.#time.runIn(this, task)
      await this.#time.settle()
    }
    this.#blocks--
  }
}
