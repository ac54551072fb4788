import { type SignInStorage, storageFailed } from './sign-in-storage.ts'

/** A sign-in that was begun: the secret that proves it, and what it is bound to. */
export interface PendingSignIn {
  readonly state: string
  readonly codeVerifier: string
  readonly provider: string
  readonly authorizationUrl: string
  readonly tokenUrl: string
  readonly clientId: string
  readonly redirectUri: string
  readonly returnTo: string
  /** ms since the epoch. */
  readonly beganAt: number
}

const prefix = 'tokenwell:sign-in:1:'
/** What `createRandomText` makes. */
const randomText = /^[\w-]{43}$/
// A person has to find a password, perhaps a second factor. RFC 6749 §4.1.2 recommends as much for the code alone.
const lifetimeMs = 10 * 60_000

/** Keeps a sign-in under its state, beside others that are pending. */
export async function writePending(storage: SignInStorage, pending: PendingSignIn): Promise<void> {
  try {
    await storage.setItem(prefix + pending.state, JSON.stringify(pending))
  } catch (error) {
    throw storageFailed(error)
  }
}

/**
 * Uses up the sign-in with this state: nobody gets it a second time. Where the storage is synchronous, it is removed before
 * this returns; where it is not, the server's refusal of a second use of the code is the second line.
 */
export async function takePending(storage: SignInStorage, state: string): Promise<PendingSignIn | undefined> {
  // Whatever stands in the URL does not get into keys of a user's database.
  if (!randomText.test(state)) return undefined
  try {
    const found = storage.getItem(prefix + state)
    const text = isPromise(found) ? await found : found
    if (typeof text !== 'string') return undefined
    await storage.removeItem(prefix + state)
    const pending = parsePending(text)
    // Compared once more: there are databases whose keys are the same in upper and lower case.
    return pending?.state === state ? pending : undefined
  } catch (error) {
    throw storageFailed(error)
  }
}

/** Removes what nobody has completed in time, where the storage can be listed. */
export async function removeExpired(storage: SignInStorage, now: number): Promise<void> {
  if (typeof storage.length !== 'number' || typeof storage.key !== 'function') return
  try {
    const keys: string[] = []
    for (let index = 0; index < storage.length; index++) {
      const key = await storage.key(index)
      if (typeof key === 'string' && key.startsWith(prefix)) keys.push(key)
    }
    for (const key of keys) {
      const text = await storage.getItem(key)
      const pending = typeof text === 'string' ? parsePending(text) : undefined
      if (!pending || isExpired(pending, now)) await storage.removeItem(key)
    }
  } catch {
    // Tidiness is no reason to fail: whether the storage works shows in the next write.
  }
}

/** Whether it is too old, or from the future: the clock was set back, or others have written it. */
export function isExpired({ beganAt }: PendingSignIn, now: number): boolean {
  return !(Math.abs(now - beganAt) < lifetimeMs)
}

function parsePending(text: string): PendingSignIn | undefined {
  try {
    const { beganAt, ...texts } = JSON.parse(text)
    const names = ['state', 'codeVerifier', 'provider', 'authorizationUrl', 'tokenUrl', 'clientId', 'redirectUri', 'returnTo'] as const
    if (typeof beganAt !== 'number' || !names.every((name) => typeof texts[name] === 'string')) return undefined
    if (!randomText.test(texts.codeVerifier)) return undefined
    return { ...texts, beganAt }
  } catch {
    return undefined
  }
}

function isPromise<T>(value: T | Promise<T>): value is Promise<T> {
  return typeof (value as { then?: unknown } | null | undefined)?.then === 'function'
}
