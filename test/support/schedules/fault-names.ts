/** What becomes of a token request. */
export const replyFaults = [
  'slow reply',
  'unavailable',
  'unavailable with Retry-After',
  'throttled',
  'request cut off',
  'reply lost',
  'reply cut',
  'unreadable reply',
  'bad gateway',
  'reply too slow',
  'carried out late',
] as const

/** What the server does by itself. */
const accountFaults = ['credentials refused', 'access token revoked', 'session ended', 'code has expired'] as const

export const apiFaults = ['slow API', 'API call cut off'] as const

export const readFaults = ['read rejects', 'read is slow', 'read is stale', 'read is silent'] as const

export const writeFaults = [
  'write is refused',
  'write is slow',
  'write of unknown outcome, stored',
  'write of unknown outcome, not stored',
  'write is silent, stored',
  'write is silent, not stored',
  'write lands late',
] as const

export const deleteFaults = ['delete is refused', 'delete is slow', 'delete is silent'] as const

export const lockFaults = [
  'lock rejects',
  'lock is not free',
  'lock is slow',
  'lock comes too late',
  'lock is silent',
  'lock is lost at release',
  'lock stays behind',
] as const

const clockFaults = ['clock steps ahead', 'clock steps back', 'all clocks step'] as const

const loopFaults = ['loop is blocked', 'loop is blocked with a request under way', 'lock holder is blocked past its lease'] as const

const signOutFaults = [
  'clear()',
  'clear() with calls under way',
  'another user signs in',
  'the same user signs in again',
  'sign-in beside a sign-in',
] as const

export const faultNames = [
  ...replyFaults,
  ...accountFaults,
  ...apiFaults,
  ...readFaults,
  ...writeFaults,
  ...deleteFaults,
  ...lockFaults,
  ...clockFaults,
  ...loopFaults,
  ...signOutFaults,
] as const

export type FaultName = (typeof faultNames)[number]
