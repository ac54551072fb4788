/** `tokenwell/testing` in Node.js, where only msw handlers need the package `msw`. Its types are those of `testing.ts`. */
export { recordExchange } from './testing/exchange/record-exchange.ts'
export { createFakeClock } from './testing/fake-clock.ts'
export { tokenStoreContract } from './testing/store-contract/contract.ts'
export { createEmulation, createScriptedTokenServer } from './testing/with-msw-if-installed.ts'
