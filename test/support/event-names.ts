import type { TokenEvents } from '../../src/base/events.ts'

/** Every event of a manager but `timed`, which says how long things took and nothing about the token. */
export const eventNames = [
  'acquired',
  'renewed',
  'adopted',
  'rejected',
  'replayed',
  'failed',
  'signInRequired',
  'cleared',
  'degraded',
  'warning',
] as const satisfies (keyof TokenEvents)[]
