import { randomBytes } from 'node:crypto'
import type { TokenManager } from 'tokenwell'
import type { SignInStorage } from 'tokenwell/sign-in'
import type { Lane } from '../shared/lane.ts'

/** What the server holds for a user who has signed in. The token never leaves it. */
export interface SignedIn {
  readonly tokens: TokenManager
  readonly lane: Lane
  readonly user: string
}

/** One browser's session: begun by its first visit, ended by signing in (which begins another one) and by signing out. */
export interface Session {
  readonly id: string
  /** Keeps the sign-in that is under way. */
  readonly storage: SignInStorage
  readonly signedIn: SignedIn | undefined
  /** Aborts when the session ends: its event streams close. */
  readonly ended: AbortSignal
  /** Why the last sign-in did not succeed. */
  notice: string | undefined
}

interface Entry extends Session {
  readonly end: AbortController
  usedAt: number
  /** Whether its cookie ever came back. Programs that keep no cookies begin one with each request. */
  isReturned: boolean
}

// Cookies know no ports: a name of our own keeps apart what else runs on 127.0.0.1. Over https it would be `__Host-…`, with `Secure`.
const cookieName = 'cities_and_cameras'
const idleMs = 30 * 60_000
const capacity = 1_000

/** The sessions of all browsers, in memory. */
export class Sessions {
  readonly #entries = new Map<string, Entry>()

  /** The session whose cookie came with a request, if it still lives. */
  find(request: Request): Session | undefined {
    const id = readCookie(request.headers.get('cookie') ?? '')
    const entry = id === undefined ? undefined : this.#entries.get(id)
    if (!entry) return undefined
    if (Date.now() - entry.usedAt > idleMs) return void this.end(entry)
    entry.usedAt = Date.now()
    entry.isReturned = true
    // To the end: the one that was used least recently is the first.
    this.#entries.delete(entry.id)
    this.#entries.set(entry.id, entry)
    return entry
  }

  /** Begins one under a new, random id. Sessions that nobody uses end meanwhile. */
  begin(signedIn?: SignedIn): Session {
    this.#makeRoom()
    const end = new AbortController()
    const entry: Entry = {
      id: randomBytes(32).toString('base64url'),
      storage: createStorage(),
      signedIn,
      end,
      ended: end.signal,
      notice: undefined,
      usedAt: Date.now(),
      // Whoever has signed in did not come without a cookie.
      isReturned: signedIn !== undefined,
    }
    this.#entries.set(entry.id, entry)
    return entry
  }

  /** Forgets a session, with the token that it held. Its id is worth nothing from now on. */
  end(session: Session): void {
    const entry = this.#entries.get(session.id)
    if (!entry) return
    this.#entries.delete(entry.id)
    entry.signedIn?.tokens.dispose()
    entry.end.abort()
  }

  endAll(): void {
    for (const entry of [...this.#entries.values()]) this.end(entry)
  }

  /** The lanes of the users who are signed in. */
  lanes(): Lane[] {
    return [...this.#entries.values()].flatMap(({ signedIn }) => signedIn?.lane ?? [])
  }

  #makeRoom(): void {
    const entries = [...this.#entries.values()]
    for (const entry of entries) if (Date.now() - entry.usedAt > idleMs) this.end(entry)
    if (this.#entries.size < capacity) return
    const leastUseful = entries.find(({ isReturned }) => !isReturned) ?? entries[0]
    if (leastUseful) this.end(leastUseful)
  }
}

/** Scripts cannot read it, and other sites send it with nothing but a link to us: the way back from the sign-in is one. */
export function sessionCookie({ id }: Session): string {
  return `${cookieName}=${id}; Path=/; HttpOnly; SameSite=Lax`
}

function readCookie(header: string): string | undefined {
  return new RegExp(`(?:^|; )${cookieName}=([\\w-]{43})(?:;|$)`).exec(header)?.[1]
}

function createStorage(): SignInStorage {
  const items = new Map<string, string>()
  return {
    getItem: (key) => items.get(key) ?? null,
    setItem: (key, value) => void items.set(key, value),
    removeItem: (key) => void items.delete(key),
  }
}
