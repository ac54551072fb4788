import { TokenStoreError } from '../../base/errors.ts'

const hints: Readonly<Record<string, string>> = {
  READONLY: 'this is a read-only replica: connect to the primary',
  OOM: 'its memory is full: raise maxmemory, or set a policy that evicts',
  NOAUTH: 'it wants a password: give it to the client',
  WRONGPASS: 'it refuses the password of the client',
  NOPERM: 'the user may not do this: allow get, set, del, pttl, pexpire, eval, publish and subscribe',
  LOADING: 'it is still loading its data: try again',
  BUSY: 'it is busy with a script of somebody else: try again',
  MISCONF: 'it cannot save to its disk, and refuses writes: see its log',
  MASTERDOWN: 'its primary is down: try again',
  NOREPLICAS: 'it has too few replicas: try again',
  MOVED: 'it is a node of a cluster: hand over a client for clusters',
  CLUSTERDOWN: 'the cluster is down: try again',
}

export function storeFailed(reason: string, code: 'store_failed' | 'outcome_unknown' = 'store_failed'): TokenStoreError {
  return new TokenStoreError(code, `The Redis store failed: ${reason}.`)
}

export function notConnected(howToConnect: string): TokenStoreError {
  return storeFailed(`the client is not connected: ${howToConnect}`)
}

/** The failure of a command, in our own words: Redis quotes arguments in its errors, and tokens are among them. */
export function commandFailed(error: unknown): TokenStoreError {
  if (error instanceof TokenStoreError) return error
  const [code = ''] = /^[A-Z]+\b/.exec(error instanceof Error ? error.message : '') ?? []
  if (Object.hasOwn(hints, code)) return storeFailed(`${code}, ${hints[code]}`)
  const name = error instanceof Error && /^\w{1,60}$/.test(error.name) ? error.name : 'an error'
  return storeFailed(`the command was not carried out (${name})`)
}
