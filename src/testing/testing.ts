/** `tokenwell/testing`: for tests of code that uses tokens. Needs the package `msw`. */
export { createEmulation, type Emulation, type EmulationOptions, type PerSystem } from './create-emulation.ts'
export type { Camera } from './data/cameras.ts'
export type { City } from './data/cities.ts'
export type { Channel, Movie } from './data/movies.ts'
export type { Organisation, Show } from './data/shows.ts'
export type { EmulatedCredentials } from './emulated-credentials.ts'
export type { EmulatedTimes, Flavour, SystemCounters, SystemName } from './emulated-system.ts'
export { createFakeClock, type FakeClock } from './fake-clock.ts'
export type { Fault, FaultRule, FaultyEndpoint } from './faults.ts'
export {
  createScriptedTokenServer,
  type RecordedTokenRequest,
  type ScriptedAnswer,
  type ScriptedReply,
  type ScriptedTokenServer,
  type ScriptedTokenServerOptions,
} from './scripted-token-server.ts'
export { type CreateStores, type StoreContractCase, tokenStoreContract } from './token-store-contract.ts'
