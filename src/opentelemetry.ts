/** `tokenwell/opentelemetry`: spans and metrics of a manager, by `@opentelemetry/api`. */
export { type InstrumentOptions, instrument } from './opentelemetry/instrument.ts'
