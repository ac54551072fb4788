import {
  aFunction,
  aString,
  type Check,
  type Checks,
  listOf,
  must,
  nonEmptyString,
  numberFrom,
  objectOf,
  oneOf,
  readFields,
  trueOrFalse,
} from '../../base/check.ts'
import type { Cam2Era, EmulatedTimes, Flavour } from './emulated-system.ts'
import type { FaultRule } from './faults.ts'
import { type SystemName, systems } from './systems.ts'

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

const names = systems.map(({ name }) => name)
const aSystem = oneOf(...names)
// Without an end, too.
const anAmount = must('a number, 0 or more', (value) => typeof value === 'number' && value >= 0)
const anything: Check = () => {}

/** One value for each system. */
const forEach = (inner: Check): Check => {
  const checks = Object.fromEntries(names.map((name) => [name, inner])) as Checks<Partial<Record<SystemName, unknown>>>
  return objectOf<Partial<Record<SystemName, unknown>>>(checks)
}

/** One value for all systems, or one each. */
const perSystem = (inner: Check): Check => {
  const each = forEach(inner)
  return (option, value) => (typeof value === 'object' ? each : inner)(option, value)
}

export const emulationChecks: Checks<EmulationOptions> = {
  systems: listOf(aSystem),
  flavour: perSystem(oneOf('documented', 'real')),
  cam2Era: oneOf('form', 'json'),
  lifetimeMs: perSystem(anAmount),
  refreshLifetimeMs: perSystem(anAmount),
  latencyMs: perSystem(anAmount),
  tokenLatencyMs: perSystem(anAmount),
  reuse: oneOf('refuse', 'revoke-family'),
  now: aFunction,
  seed: anything,
  baseUrls: forEach(nonEmptyString),
}

/** @throws ConfigurationError naming what is wrong or unknown, as those below do */
export const readEmulationOptions = (options: EmulationOptions): EmulationOptions => readFields('options', options, emulationChecks)

const timesChecks: Checks<Partial<EmulatedTimes>> = {
  lifetimeMs: anAmount,
  refreshLifetimeMs: anAmount,
  latencyMs: anAmount,
  tokenLatencyMs: anAmount,
}

const faultChecks: Checks<Partial<FaultRule<SystemName>>> = {
  system: aSystem,
  endpoint: oneOf('token', 'api'),
  count: anAmount,
  forMs: anAmount,
  status: numberFrom(200, 599),
  retryAfter: anything,
  body: aString,
  headers: anything,
  kind: oneOf('network', 'lost', 'cut', 'hang', 'garbage'),
}

export const readTimes = (times: Partial<EmulatedTimes>): Partial<EmulatedTimes> => readFields('times', times, timesChecks)
export const checkFault = (rule: FaultRule<SystemName>): void => void readFields('rule', rule, faultChecks as Checks<FaultRule<SystemName>>)
export const checkRevocation = (options: object): void =>
  void readFields<{ refreshTokens?: boolean }>('options', options, { refreshTokens: trueOrFalse })
export const checkSystem = (system: SystemName | undefined): void => {
  if (system !== undefined) aSystem('system', system)
}
