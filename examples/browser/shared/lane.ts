import type { TokenEvents, TokenManager, TokenStatus } from 'tokenwell'

/** The tokens that are shown: the first three are held by the server, the visitor's by the page. */
export const laneIds = ['musement', 'cam2', 'camdram', 'visitor'] as const
export type LaneId = (typeof laneIds)[number]

/** Something in the life of a token. It holds no token: what stands here may be shown to anybody. Instants are ms since the epoch. */
export type LaneEntry =
  | (HeldEntry & { kind: 'acquired' | 'renewed' | 'adopted' })
  | { kind: 'rejected' | 'replayed'; at: number; generation: number; status: number }
  | { kind: 'failed'; at: number; code: string; waiting: boolean; retryAt?: number }
  | { kind: 'signInRequired' | 'cleared'; at: number }
  | { kind: 'degraded' | 'warning'; at: number; code: string }
  | { kind: 'call'; at: number; status: number }
  | { kind: 'revoked'; at: number }
  | { kind: 'cutOff'; at: number; until: number }
  | { kind: 'restored'; at: number }

export interface HeldEntry {
  at: number
  generation: number
  issuedAt: number
  agingAt?: number
  expiresAt?: number
}

export type LaneListener = (entry: LaneEntry) => void

/** How long an entry is kept, ms, and how many there are at most. */
const keptForMs = 180_000
const capacity = 600

/** The recent life of one token: what happened, and what its manager says of it now. */
export class Lane {
  readonly id: LaneId
  readonly #readStatus: () => TokenStatus | undefined
  readonly #listeners = new Set<LaneListener>()
  #entries: LaneEntry[] = []

  constructor(id: LaneId, readStatus: () => TokenStatus | undefined = () => undefined) {
    this.id = id
    this.#readStatus = readStatus
  }

  get entries(): readonly LaneEntry[] {
    return this.#entries
  }

  get status(): TokenStatus | undefined {
    return this.#readStatus()
  }

  add(entry: LaneEntry): void {
    this.#entries = keepRecent([...this.#entries, entry], entry.at)
    for (const listener of [...this.#listeners]) listener(entry)
  }

  /** Returns the function that stops listening. */
  subscribe(listener: LaneListener): () => void {
    this.#listeners.add(listener)
    return () => {
      this.#listeners.delete(listener)
    }
  }
}

/** What is recent, and the token that is held, however long ago it was got. */
export function keepRecent(entries: readonly LaneEntry[], now: number): LaneEntry[] {
  const held = entries.findLast(isHeld)
  return entries.filter((entry, index) => entry === held || (entry.at > now - keptForMs && index >= entries.length - capacity))
}

export function isHeld(entry: LaneEntry): entry is HeldEntry & { kind: 'acquired' | 'renewed' | 'adopted' } {
  return entry.kind === 'acquired' || entry.kind === 'renewed' || entry.kind === 'adopted'
}

/** Puts what a manager reports into words for a lane. Returns the function that stops it. */
export function watchTokens(tokens: TokenManager, add: (entry: LaneEntry) => void): () => void {
  const listenTo = <K extends keyof TokenEvents>(kind: K, build: (event: TokenEvents[K]) => LaneEntry) =>
    tokens.on(kind, (event) => add(build(event)))
  const held = (kind: 'acquired' | 'renewed' | 'adopted') =>
    listenTo(kind, ({ at, generation, issuedAt, expiresAt }) => {
      const { agingAt } = tokens.explain()
      return { kind, at, generation, issuedAt, ...(agingAt !== undefined && { agingAt }), ...(expiresAt !== undefined && { expiresAt }) }
    })
  const stops = [
    held('acquired'),
    held('renewed'),
    held('adopted'),
    listenTo('rejected', ({ at, generation, status }) => ({ kind: 'rejected', at, generation, status })),
    listenTo('replayed', ({ at, generation, status }) => ({ kind: 'replayed', at, generation, status })),
    listenTo('failed', ({ at, code, waiting, retryAt }) => ({
      kind: 'failed',
      at,
      code,
      waiting,
      ...(retryAt !== undefined && { retryAt }),
    })),
    listenTo('signInRequired', ({ at }) => ({ kind: 'signInRequired', at })),
    listenTo('cleared', ({ at }) => ({ kind: 'cleared', at })),
    listenTo('degraded', ({ at, operation }) => ({ kind: 'degraded', at, code: operation })),
    listenTo('warning', ({ at, code }) => ({ kind: 'warning', at, code })),
  ]
  return () => {
    for (const stop of stops) stop()
  }
}
