import type { TokenStatus } from 'tokenwell'
import type { LaneEntry } from '../shared/lane.ts'
import type { EntryMessage, Snapshot, StatusMessage } from '../shared/messages.ts'

export interface EventStreamOptions {
  onSnapshot: (snapshot: Snapshot) => void
  onEntry: (message: EntryMessage) => void
  onStatus: (message: StatusMessage) => void
  onState: (state: 'live' | 'connecting') => void
  /** Makes sure that there is a session: a server that was started anew knows none. */
  renewSession: () => Promise<unknown>
}

const againAfterMs = 1_500

/**
 * Listens to the server's event stream while the page is seen. A hidden page lets go of it: browsers allow six
 * connections to a server for all tabs together, and what was missed comes with the next snapshot.
 */
export class EventStream {
  readonly #options: EventStreamOptions
  #source: EventSource | undefined
  #timer: ReturnType<typeof setTimeout> | undefined
  #clockOffsetMs = 0

  constructor(options: EventStreamOptions) {
    this.#options = options
  }

  start(): void {
    document.addEventListener('visibilitychange', () => (document.hidden ? this.#stop() : this.#open()))
    // A page that a browser keeps for going back must not hold a connection.
    addEventListener('pagehide', () => this.#stop())
    addEventListener('pageshow', ({ persisted }) => persisted && this.#open())
    if (!document.hidden) this.#open()
  }

  #open(): void {
    this.#stop()
    const source = new EventSource('/events')
    this.#source = source
    const { onSnapshot, onEntry, onStatus, onState } = this.#options
    source.addEventListener('snapshot', ({ data }) => {
      const snapshot = JSON.parse(data) as Snapshot
      const offset = Date.now() - snapshot.now
      this.#clockOffsetMs = Math.abs(offset) > 1_000 ? offset : 0
      onSnapshot(this.#toOwnClock(snapshot))
      onState('live')
    })
    source.addEventListener('entry', ({ data }) => onEntry(this.#toOwnClock(JSON.parse(data) as EntryMessage)))
    source.addEventListener('status', ({ data }) => onStatus(this.#toOwnClock(JSON.parse(data) as StatusMessage)))
    source.addEventListener('error', () => {
      onState('connecting')
      // It comes back by itself, unless the server has said no: then its session is gone.
      if (source.readyState === EventSource.CLOSED && source === this.#source) void this.#openAgain()
    })
  }

  async #openAgain(): Promise<void> {
    this.#stop()
    await this.#options.renewSession().catch(() => {})
    this.#timer = setTimeout(() => document.hidden || this.#open(), againAfterMs)
  }

  #stop(): void {
    clearTimeout(this.#timer)
    this.#source?.close()
    this.#source = undefined
  }

  /** Instants of the server as those of the page, where their clocks differ. */
  #toOwnClock<T extends Snapshot | EntryMessage | StatusMessage>(message: T): T {
    return this.#clockOffsetMs === 0 ? message : (shift(message, this.#clockOffsetMs) as T)
  }
}

const instants = new Set<keyof TokenStatus | 'at' | 'until' | 'retryAt' | 'now' | Extract<keyof LaneEntry, string>>([
  'at',
  'now',
  'until',
  'retryAt',
  'issuedAt',
  'agingAt',
  'expiresAt',
  'refreshableUntil',
])

function shift(value: unknown, byMs: number): unknown {
  if (Array.isArray(value)) return value.map((item) => shift(item, byMs))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([name, item]) => [
      name,
      typeof item === 'number' && instants.has(name as 'at') ? item + byMs : shift(item, byMs),
    ]),
  )
}
