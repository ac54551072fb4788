/** `tokenwell/emulator`: the four systems over real HTTP. Needs Node.js. */
export {
  type Cam2Era,
  type EmulatedCredentials,
  type EmulatedTimes,
  type EmulationControl,
  type EmulationOptions,
  type Emulator,
  type EmulatorOptions,
  type Fault,
  type FaultRule,
  type FaultyEndpoint,
  type Flavour,
  type PerSystem,
  type SystemCounters,
  type SystemName,
  startEmulator,
} from './testing/emulation/start-emulator.ts'
