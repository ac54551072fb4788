/** `tokenwell/testing`: for tests of code that uses tokens. Outside of Node.js it needs the package `msw`. */
export type { EmulationControl } from './testing/emulation/create-emulation.ts'
export type { Camera, FullCamera } from './testing/emulation/data/cameras.ts'
export type { City } from './testing/emulation/data/cities.ts'
export type { Channel, Movie } from './testing/emulation/data/movies.ts'
export type { Organisation, Show } from './testing/emulation/data/shows.ts'
export type { Cam2Era, EmulatedTimes, Flavour, SystemCounters } from './testing/emulation/emulated-system.ts'
export type { EmulationOptions, PerSystem } from './testing/emulation/emulation-options.ts'
export type { Fault, FaultRule, FaultyEndpoint } from './testing/emulation/faults.ts'
export type { Emulation } from './testing/emulation/mocked-emulation.ts'
export type { EmulatedCredentials, SystemName } from './testing/emulation/systems.ts'
export { type ExchangeRecorder, type RecordExchangeOptions, recordExchange } from './testing/exchange/record-exchange.ts'
export type { RecordedExchange, RecordedMessage } from './testing/exchange/report.ts'
export { createFakeClock, type FakeClock } from './testing/fake-clock.ts'
export type {
  RecordedTokenRequest,
  ScriptedAnswer,
  ScriptedReply,
  ScriptedTokenServer,
  ScriptedTokenServerOptions,
} from './testing/scripted-token-server.ts'
export { type CreateStores, type StoreContractCase, tokenStoreContract } from './testing/store-contract/contract.ts'
export { createEmulation, createScriptedTokenServer } from './testing/with-msw.ts'
