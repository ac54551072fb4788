import type { TokenEvents } from '../../src/base/events.ts'

/** Every event of a manager. */
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
