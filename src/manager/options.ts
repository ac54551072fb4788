import { abilityOf } from '../base/abilities.ts'
import {
  aFunction,
  anObject,
  type Check,
  type Checks,
  callIt,
  check,
  nonEmptyString,
  numberFrom,
  objectOf,
  oneOf,
  readFields,
  required,
  trueOrFalse,
} from '../base/check.ts'
import { freezeOwn } from '../base/plain-data.ts'
import { parseSecureUrl } from '../base/secure-url.ts'
import { longestTimerMs } from '../base/time.ts'
import type { TokenStore } from '../token/token-store.ts'
import { apiOriginsOf } from '../vocabulary/api-url.ts'
import { aBaseUrl, sharedHeaders } from '../vocabulary/checks.ts'
import { aGrant, checkCredentials } from '../vocabulary/credentials.ts'
import { freezeProfile } from '../vocabulary/freeze-profile.ts'
import type { Grant } from '../vocabulary/grant.ts'
import { isIdentified } from '../vocabulary/identity.ts'
import type { Provider } from '../vocabulary/provider.ts'
import { checkPage } from './page.ts'

/** Options of a `TokenManager`. They are read once, at construction. */
export interface TokenManagerOptions {
  /** How this API wants to be asked: one of the presets, or `defineProvider(…)`. */
  provider: Provider
  /** What the caller holds: `clientCredentials(…)`, `password(…)` and so on. */
  grant: Grant
  /** Where tokens are kept, for all contexts that share it. @default this manager's memory, as with a `memoryStore()` of its own */
  store?: TokenStore | undefined
  /**
   * Whose token this is, where one process or store serves several users. Required beside `store` where the grant names neither
   * a client nor a user, or a function makes what tells tokens apart.
   */
  subject?: string | undefined
  /** Origins that may receive the token, beside that of the provider's `apiUrl`. */
  origins?: readonly (string | URL)[] | undefined
  /** What becomes of calls to other origins: refused, or sent without the token. @default 'refuse' */
  foreignOrigins?: 'refuse' | 'pass-through' | undefined
  /** Allows `http:` to hosts other than loopback, where anybody on the way can read tokens and secrets. @default false */
  allowInsecureRequests?: boolean | undefined
  renewal?:
    | {
        /** How long before its end a token is renewed in the background, ms; at most a quarter of its lifetime. @default 300_000 */
        aheadMs?: number | undefined
        /** How long before its end a token is no longer used, ms; at most a twentieth of its lifetime. @default 10_000 */
        marginMs?: number | undefined
        /** Whether a token in use is renewed in time with no call needed. @default true, false where there are no timers */
        scheduled?: boolean | undefined
      }
    | undefined
  /** Retries of the token endpoint. API calls are not retried, but for one replay of a rejected token. */
  retry?:
    | {
        /** @default 2 */
        retries?: number | undefined
        /** Wait before the first retry, ms; doubles with each, and up to as much is added at random. @default 250 */
        minDelayMs?: number | undefined
        /** Longest wait, ms, at most 5 000. @default 5_000 */
        maxDelayMs?: number | undefined
      }
    | undefined
  /** Time for one attempt of a token request, ms: functions that give secrets, connecting, the reply to its last byte. @default 10_000 */
  timeoutMs?: number | undefined
  /** Up to what size the body of a `Request` is kept for a replay. @default 1_048_576 */
  maxReplayBytes?: number | undefined
  /**
   * Used for token and API requests alike, and called as `fetch(url, init)` with a string. Only a call that was given a `Request`
   * of this platform hands that on. @default globalThis.fetch, looked up per call
   */
  fetch?: typeof globalThis.fetch | undefined
  /** The time, ms since the epoch; for tests. @default Date.now */
  now?: (() => number) | undefined
}

type Retry = NonNullable<TokenManagerOptions['retry']>
type Renewal = NonNullable<TokenManagerOptions['renewal']>

const defaultWindow = { aheadMs: 300_000, marginMs: 10_000 }
const defaultRetry = { retries: 2, minDelayMs: 250, maxDelayMs: 5_000 }

/** The options as they were read: checked, copied, with their defaults. */
export interface ManagerOptions {
  readonly provider: Provider
  readonly grant: Grant
  readonly store: TokenStore | undefined
  readonly subject: string | undefined
  /** The origin of the API. It and the others may receive the token. */
  readonly apiOrigin: string
  readonly otherOrigins: readonly string[]
  readonly foreignOrigins: 'refuse' | 'pass-through'
  readonly window: typeof defaultWindow
  readonly isScheduled: boolean
  readonly retry: typeof defaultRetry
  readonly timeoutMs: number
  readonly maxReplayBytes: number
  readonly fetch: typeof globalThis.fetch | undefined
  readonly now: () => number
}

/**
 * Reads the options, once: what becomes of them later has no effect.
 * @throws ConfigurationError naming the option
 */
export function readOptions(options: TokenManagerOptions): ManagerOptions {
  checkIsWhole('options', options, 'tokenUrl', 'grantType')
  const fields = readFields<TokenManagerOptions>('options', options, createChecks())
  const { allowInsecureRequests, origins = [], renewal, retry, ...own } = fields
  const provider = freezeProfile(own.provider)
  const grant = freezeOwn(own.grant, 'grant')
  checkEndpoints(provider, allowInsecureRequests)
  checkPage(provider)
  checkCredentials(provider, grant)
  const isShared = own.store !== undefined && own.subject === undefined
  check('subject', !isShared || isIdentified(provider, grant), subjectMissing)
  const window = withDefaults(defaultWindow, renewal)
  const read = {
    foreignOrigins: 'refuse',
    timeoutMs: 10_000,
    maxReplayBytes: 1_048_576,
    now: Date.now,
    ...own,
    provider,
    grant,
    apiOrigin: readOrigin('provider.apiUrl', provider.apiUrl, allowInsecureRequests),
    otherOrigins: origins.map((origin, index) => readOrigin(`origins[${index}]`, origin, allowInsecureRequests)),
    window,
    isScheduled: (window as Renewal).scheduled ?? mayUseTimers(),
    retry: withDefaults(defaultRetry, retry),
  } as ManagerOptions
  checkClock(read.now)
  return read
}

const subjectMissing =
  'is missing: say whose token this is, since the grant names neither a client nor a user, or a function makes what tells them apart'

function readOrigin(option: string, url: string | URL, allowInsecureRequests: boolean | undefined): string {
  const { origin, hostname } = parseSecureUrl(option, url, allowInsecureRequests)
  check(option, !hostname.includes('*'), 'must not contain a wildcard: list each origin')
  return origin
}

function withDefaults<T extends object>(defaults: T, given: object | undefined): T {
  return given ? freezeOwn({ ...defaults, ...freezeOwn(given) }) : defaults
}

function createChecks(): Checks<TokenManagerOptions> {
  const least0 = numberFrom(0)
  return {
    provider: required(aWholeProvider, 'use a preset such as cam2(…), or defineProvider(…)'),
    grant: required(aWholeGrant, 'use clientCredentials(…) or another grant'),
    store: (option, value) => check(option, isStore(value), typeof value === 'function' ? callIt : 'must have get, set and delete'),
    subject: nonEmptyString,
    origins: (option, value) => check(option, Array.isArray(value), 'must be a list of origins'),
    foreignOrigins: oneOf('refuse', 'pass-through'),
    allowInsecureRequests: trueOrFalse,
    renewal: objectOf<Renewal>({ aheadMs: least0, marginMs: least0, scheduled: trueOrFalse }),
    retry: objectOf<Retry>({ retries: aWholeNumber, minDelayMs: least0, maxDelayMs: least0 }),
    timeoutMs: numberFrom(1, longestTimerMs),
    maxReplayBytes: least0,
    fetch: aFunction,
    now: aFunction,
  }
}

const aWholeNumber: Check = (option, value) =>
  check(option, Number.isInteger(value) && (value as number) >= 0, 'must be a whole number, 0 or more')

/** What a profile needs at least, whether `defineProvider` has seen it or not. */
const aWholeProvider: Check = (option, value) => checkIsWhole(option, value, 'provider', 'grantType')

const aWholeGrant: Check = (option, value) => {
  // What is none at all is for the second to say.
  if (typeof value === 'object') checkIsWhole(option, value, 'provider', 'tokenUrl')
  aGrant(option, value)
}

/** Tells a preset, its provider and its grant apart: which of them goes where is the first thing that people mistake. */
function checkIsWhole(option: string, value: unknown, ...strange: string[]): void {
  anObject(option, value)
  const isWhole = !strange.some((name) => Object.hasOwn(value as object, name))
  check(option, isWhole, 'hand over the whole preset: new TokenManager(oauth2(…)), or new TokenManager({ ...oauth2(…), store })')
}

function isStore(value: unknown): boolean {
  const { get, set, delete: remove } = (value ?? {}) as Partial<TokenStore>
  return [get, set, remove].every((method) => typeof method === 'function')
}

function checkEndpoints(provider: Provider, allowInsecureRequests = false): void {
  const { name, apiUrl, apiOrigins, tokenUrl, headers, renewal, revocation } = provider
  nonEmptyString('provider.name', name)
  aBaseUrl('provider.apiUrl', apiUrl)
  parseSecureUrl('provider.tokenUrl', tokenUrl, allowInsecureRequests)
  if (headers !== undefined) sharedHeaders('provider.headers', headers)
  if (renewal !== undefined) anObject('provider.renewal', renewal)
  const url = renewal && 'url' in renewal ? renewal.url : tokenUrl
  parseSecureUrl('provider.renewal.url', url, allowInsecureRequests)
  if (revocation !== undefined) {
    anObject('provider.revocation', revocation)
    parseSecureUrl('provider.revocation.url', revocation.url, allowInsecureRequests)
    abilityOf(provider, 'provider.revocation')
  }
  apiOriginsOf(provider)?.checkApiOrigins('provider.apiOrigins', apiOrigins, allowInsecureRequests)
}

function checkClock(now: () => number): void {
  let at: unknown
  try {
    at = now()
  } catch {
    // Named below.
  }
  check('now', Number.isFinite(at), 'must return ms since the epoch, as Date.now does')
}

/** Cloudflare's workers bind timers to the request that set them. */
function mayUseTimers(): boolean {
  return globalThis.navigator?.userAgent !== 'Cloudflare-Workers'
}
