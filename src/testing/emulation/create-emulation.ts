import type { HttpHandler } from 'msw'
import { createSeededRandom } from '../seeded-random.ts'
import { createCam2Handlers } from './cam2-handlers.ts'
import { createCamdramHandlers } from './camdram-handlers.ts'
import { createDiveHandlers } from './dive-handlers.ts'
import { createEmulatedCredentials, type EmulatedCredentials } from './emulated-credentials.ts'
import {
  createEmulatedSystem,
  createSystemCounters,
  type EmulatedTimes,
  type Flavour,
  type SystemCounters,
  type SystemName,
} from './emulated-system.ts'
import { createFaults, type FaultRule } from './faults.ts'
import { createMusementHandlers } from './musement-handlers.ts'
import { createTokenLedger } from './token-ledger.ts'

/** One value for all systems, or one each. */
export type PerSystem<T> = T | Partial<Record<SystemName, T>>

export interface EmulationOptions {
  /** @default all four */
  systems?: readonly SystemName[]
  /**
   * `documented` keeps to the vendors' documents to the letter, `real` does as the servers do.
   * @default 'documented'
   */
  flavour?: PerSystem<Flavour>
  /**
   * How long access tokens live, ms.
   * @default as the APIs: 3 600 000, Dive 9 000 000
   */
  lifetimeMs?: PerSystem<number>
  /**
   * How long refresh tokens live, ms. For CAM2, how long after its first token a chain of renewals may go on.
   * @default as the APIs: CAM2 1 day, Camdram and Musement 14 days, Dive 180 days
   */
  refreshLifetimeMs?: PerSystem<number>
  /** How long an API call takes, ms. @default 0 */
  latencyMs?: PerSystem<number>
  /** How long a token request takes, ms. @default 0 */
  tokenLatencyMs?: PerSystem<number>
  /**
   * What a rotated refresh token that is presented again does: that request is refused, or the whole family of tokens
   * is revoked (RFC 9700 §4.14.2).
   * @default 'refuse'
   */
  reuse?: 'refuse' | 'revoke-family'
  /** The servers' clock, ms since the epoch. @default Date.now */
  now?: () => number
  /** Tokens are the same for the same seed. @default 1 */
  seed?: number
  /** Where the systems are emulated, as given to the presets. @default the APIs' own addresses */
  baseUrls?: Partial<Record<SystemName, string>>
}

export interface Emulation {
  /** For msw: `setupServer(...emulation.handlers)`. */
  readonly handlers: HttpHandler[]
  /** Accepted by the emulated systems; spread an entry into its preset. Changed entries count at once: an application was given a new secret. */
  readonly credentials: EmulatedCredentials
  /** For the presets' `baseUrl`. */
  readonly baseUrls: Readonly<Record<SystemName, string>>
  /** What was asked so far, live. */
  readonly counters: Readonly<Record<SystemName, Readonly<SystemCounters>>>
  /**
   * Makes the access tokens of a system (or of all) worthless, with `refreshTokens` those too. Returns how many access
   * tokens worked until now.
   */
  revoke(system?: SystemName, options?: { refreshTokens?: boolean }): number
  /** Makes requests fail, and returns the function that ends that. */
  fail(rule: FaultRule<SystemName>): () => void
  /** Changes durations for what is issued or answered from now on; of all systems where none is named. */
  setTimes(times: Partial<EmulatedTimes>, system?: SystemName): void
  /** Forgets tokens, faults and counts, and starts the random texts anew. Durations stay. */
  reset(): void
}

const defaultBaseUrls: Readonly<Record<SystemName, string>> = {
  cam2: 'http://127.0.0.1:8000',
  camdram: 'https://www.camdram.net',
  dive: 'https://rest.dive.tv/v1',
  musement: 'https://api.musement.com/api/v3',
}

const hour = 3_600_000
const day = 24 * hour
const defaultLifetimes: Readonly<Record<SystemName, number>> = { cam2: hour, camdram: hour, dive: 9_000_000, musement: hour }
const defaultRefreshLifetimes: Readonly<Record<SystemName, number>> = { cam2: day, camdram: 14 * day, dive: 180 * day, musement: 14 * day }

/**
 * Emulates the four APIs behind msw handlers: token endpoints, and the cameras, shows, movies and cities behind them.
 * State is in memory and belongs to this emulation alone.
 *
 * @example
 * const emulation = createEmulation({ lifetimeMs: 2_000 })
 * const server = setupServer(...emulation.handlers)
 * server.listen({ onUnhandledFrame: 'error' })
 * const tokens = new TokenManager(cam2(emulation.credentials.cam2))
 * emulation.revoke('cam2')
 */
export function createEmulation(options: EmulationOptions = {}): Emulation {
  const { systems = ['cam2', 'camdram', 'dive', 'musement'], reuse = 'refuse', now = Date.now, seed = 1 } = options
  const credentials = createEmulatedCredentials()
  const baseUrls = { ...defaultBaseUrls, ...options.baseUrls }
  const faults = createFaults<SystemName>(now)
  const ground = (name: SystemName) => ({
    name,
    flavour: pick(options.flavour, name) ?? 'documented',
    baseUrl: baseUrls[name].replace(/\/+$/, ''),
    // A stream of its own for each system: what one is asked does not change the tokens of another.
    random: createSeededRandom(seed * 7919 + Object.keys(defaultBaseUrls).indexOf(name)),
    ledger: createTokenLedger({ now, reuse }),
    counters: createSystemCounters(),
    times: {
      lifetimeMs: pick(options.lifetimeMs, name) ?? defaultLifetimes[name],
      refreshLifetimeMs: pick(options.refreshLifetimeMs, name) ?? defaultRefreshLifetimes[name],
      latencyMs: pick(options.latencyMs, name) ?? 0,
      tokenLatencyMs: pick(options.tokenLatencyMs, name) ?? 0,
    },
    faults,
    now,
  })
  const grounds = { cam2: ground('cam2'), camdram: ground('camdram'), dive: ground('dive'), musement: ground('musement') }
  const handlersOf: Record<SystemName, () => HttpHandler[]> = {
    cam2: () => createCam2Handlers(createEmulatedSystem({ ...grounds.cam2, credentials: credentials.cam2 })),
    camdram: () => createCamdramHandlers(createEmulatedSystem({ ...grounds.camdram, credentials })),
    dive: () => createDiveHandlers(createEmulatedSystem({ ...grounds.dive, credentials })),
    musement: () => createMusementHandlers(createEmulatedSystem({ ...grounds.musement, credentials })),
  }
  const namesOf = (system: SystemName | undefined): readonly SystemName[] => (system ? [system] : systems)

  return {
    handlers: systems.flatMap((name) => handlersOf[name]()),
    credentials,
    baseUrls,
    counters: {
      cam2: grounds.cam2.counters,
      camdram: grounds.camdram.counters,
      dive: grounds.dive.counters,
      musement: grounds.musement.counters,
    },
    revoke: (system, { refreshTokens = false } = {}) =>
      namesOf(system).reduce((count, name) => count + grounds[name].ledger.revoke({ refreshTokens }), 0),
    fail: (rule) => faults.add(rule),
    setTimes(times, system) {
      for (const name of namesOf(system)) Object.assign(grounds[name].times, times)
    },
    reset() {
      faults.clear()
      for (const { ledger, counters, random } of Object.values(grounds)) {
        ledger.forget()
        random.reset()
        Object.assign(counters, createSystemCounters())
      }
    },
  }
}

function pick<T extends string | number>(value: PerSystem<T> | undefined, name: SystemName): T | undefined {
  return typeof value === 'object' ? value[name] : value
}
