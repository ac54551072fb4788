import type { Route } from '../route.ts'
import { createSeededRandom } from '../seeded-random.ts'
import {
  type Cam2Era,
  createEmulatedSystem,
  createSystemCounters,
  type EmulatedTimes,
  type Flavour,
  type SystemCounters,
  type SystemDefinition,
} from './emulated-system.ts'
import { createFaults, type FaultRule, type Faults } from './faults.ts'
import { systems as all, type EmulatedCredentials, type SystemName } from './systems.ts'
import { createTokenLedger, type TokenLedger } from './token-ledger.ts'

/** One value for all systems, or one each. */
export type PerSystem<T> = T | Partial<Record<SystemName, T>>

/** Options of `createEmulation()` and `startEmulator()`. */
export interface EmulationOptions {
  /** @default all four */
  systems?: readonly SystemName[]
  /**
   * `documented` keeps to the vendors' documents to the letter, `real` does as the servers do.
   * @default 'documented'
   */
  flavour?: PerSystem<Flavour>
  /**
   * Which of CAM2's servers the flavour `real` is: those until July 2017 (`form`) read forms and JSON, later ones JSON
   * alone.
   * @default 'json'
   */
  cam2Era?: Cam2Era
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

/** What a running emulation shows, and can be told, whatever serves it. */
export interface EmulationControl {
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

export interface EmulatedSystems extends EmulationControl {
  /** In the order in which they answer. */
  readonly routes: readonly Route[]
}

export function emulateSystems(options: EmulationOptions = {}): EmulatedSystems {
  const { systems = all.map(({ name }) => name), now = Date.now } = options
  const faults = createFaults<SystemName>(now)
  const made = all.map((definition, index) => emulate(definition, { options, index, faults, now }))
  // The list has each system once.
  const byName = <T>(read: (system: (typeof made)[number]) => T) =>
    Object.fromEntries(made.map((system) => [system.name, read(system)])) as Record<SystemName, T>
  const namesOf = (system: SystemName | undefined): readonly SystemName[] => (system ? [system] : systems)
  const select = (system?: SystemName) => made.filter(({ name }) => namesOf(system).includes(name))

  return {
    routes: select().flatMap(({ routes }) => routes),
    credentials: Object.assign({}, ...made.map(({ credentials }) => credentials)),
    baseUrls: byName(({ baseUrl }) => baseUrl),
    counters: byName(({ counters }) => counters),
    revoke: (system, { refreshTokens = false } = {}) =>
      select(system).reduce((count, { ledger }) => count + ledger.revoke({ refreshTokens }), 0),
    fail: (rule) => faults.add(rule),
    setTimes(times, system) {
      for (const selected of select(system)) Object.assign(selected.times, times)
    },
    reset() {
      faults.clear()
      for (const { forget } of made) forget()
    },
  }
}

interface Ground {
  readonly options: EmulationOptions
  readonly index: number
  readonly faults: Faults
  readonly now: () => number
}

interface MadeSystem {
  readonly name: SystemName
  readonly baseUrl: string
  readonly credentials: Partial<EmulatedCredentials>
  readonly routes: readonly Route[]
  readonly ledger: TokenLedger
  readonly counters: SystemCounters
  readonly times: EmulatedTimes
  forget(): void
}

function emulate(
  definition: SystemDefinition<SystemName, Partial<EmulatedCredentials>>,
  { options, index, faults, now }: Ground,
): MadeSystem {
  const { name } = definition
  const { cam2Era = 'json', reuse = 'refuse', seed = 1 } = options
  const baseUrl = options.baseUrls?.[name] ?? definition.baseUrl
  const counters = createSystemCounters()
  const times = {
    lifetimeMs: pick(options.lifetimeMs, name) ?? definition.lifetimeMs,
    refreshLifetimeMs: pick(options.refreshLifetimeMs, name) ?? definition.refreshLifetimeMs,
    latencyMs: pick(options.latencyMs, name) ?? 0,
    tokenLatencyMs: pick(options.tokenLatencyMs, name) ?? 0,
  }
  const forgetful: (() => void)[] = []
  const ledger = createTokenLedger({ now, reuse })
  // A stream of its own for each system: what one is asked does not change the tokens of another.
  const random = createSeededRandom(seed * 7919 + index)
  const credentials = definition.createCredentials()
  const system = createEmulatedSystem({
    ...{ name, counters, times, ledger, random, credentials, faults, now, cam2Era, reuse },
    baseUrl: baseUrl.replace(/\/+$/, ''),
    flavour: pick(options.flavour, name) ?? 'documented',
    onReset: (forget) => void forgetful.push(forget),
  })
  const forget = (): void => {
    ledger.forget()
    random.reset()
    Object.assign(counters, createSystemCounters())
    for (const forgetMore of forgetful) forgetMore()
  }
  return { name, baseUrl, credentials, routes: definition.createRoutes(system), ledger, counters, times, forget }
}

function pick<T extends string | number>(value: PerSystem<T> | undefined, name: SystemName): T | undefined {
  return typeof value === 'object' ? value[name] : value
}
