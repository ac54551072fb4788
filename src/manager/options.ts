import { ConfigurationError } from '../base/errors.ts'
import { parseSecureUrl } from '../base/secure-url.ts'
import { longestTimerMs } from '../base/time.ts'
import type { TokenStore } from '../token/token-store.ts'
import type { Grant } from '../vocabulary/grant.ts'
import type { Provider } from '../vocabulary/provider.ts'

export interface TokenManagerOptions {
  /** How this API wants to be asked: one of the presets, or `defineProvider(…)`. */
  provider: Provider
  /** What the caller holds: `clientCredentials(…)`, `password(…)` and so on. */
  grant: Grant
  /** Where tokens are kept, for all contexts that share it. @default this manager's memory, as with a `memoryStore()` of its own */
  store?: TokenStore
  /** Whose token this is, where one process or store serves several users. */
  subject?: string
  /** Origins that may receive the token, beside that of the provider's `apiUrl`. */
  origins?: readonly (string | URL)[]
  /** What becomes of calls to other origins: refused, or sent without the token. @default 'refuse' */
  foreignOrigins?: 'refuse' | 'pass-through'
  /** Allows `http:` to hosts other than loopback, where anybody on the way can read tokens and secrets. @default false */
  allowInsecureRequests?: boolean
  renewal?: {
    /** How long before its end a token is renewed in the background, ms; at most a quarter of its lifetime. @default 300_000 */
    aheadMs?: number
    /** How long before its end a token is no longer used, ms; at most a twentieth of its lifetime. @default 10_000 */
    marginMs?: number
    /** Whether a token in use is renewed in time with no call needed. @default true, false where there are no timers */
    scheduled?: boolean
  }
  /** Retries of the token endpoint. API calls are not retried, but for one replay of a rejected token. */
  retry?: {
    /** @default 2 */
    retries?: number
    /** Wait before the first retry, ms; doubles with each, and up to as much is added by chance. @default 250 */
    minDelayMs?: number
    /** Longest wait, ms, at most 5 000. @default 5_000 */
    maxDelayMs?: number
  }
  /** Time for one token request, from connecting to the last byte, ms. @default 10_000 */
  timeoutMs?: number
  /** Up to what size the body of a `Request` is kept for a replay. @default 1_048_576 */
  maxReplayBytes?: number
  /** Used for token and API requests alike. @default globalThis.fetch, looked up per call */
  fetch?: typeof globalThis.fetch
  /** The time, ms since the epoch; for tests. @default Date.now */
  now?: () => number
}

/**
 * Checks the options, and gives the origins that may receive the token.
 * @throws ConfigurationError naming the option
 */
export function checkManagerOptions(options: TokenManagerOptions): string[] {
  require('options', isObject(options), 'must be an object with provider and grant')
  const { provider, grant, store, subject, origins = [], foreignOrigins, allowInsecureRequests, renewal = {}, retry = {} } = options
  for (const name of Object.keys(options)) require(name, optionNames.includes(name), `is no option; there are ${optionNames.join(', ')}`)
  require('provider', isObject(provider), 'is missing: use a preset such as cam2(…), or defineProvider(…)')
  require('grant', isObject(grant) && typeof grant.grantType === 'string', 'is missing: use clientCredentials(…) or another grant')
  require('origins', Array.isArray(origins), 'must be a list of origins')
  const { name, apiUrl, tokenUrl, renewal: profile } = provider
  require('provider.name', typeof name === 'string' && name !== '', 'must be a text that is not empty')
  require('provider.renewal', profile === undefined || isObject(profile), 'must be an object')
  parseSecureUrl('provider.tokenUrl', tokenUrl, allowInsecureRequests)
  parseSecureUrl('provider.renewal.url', (profile as { url?: unknown } | undefined)?.url ?? tokenUrl, allowInsecureRequests)
  const allowed = [parseSecureUrl('provider.apiUrl', apiUrl, allowInsecureRequests)]
  for (const [index, origin] of origins.entries()) allowed.push(parseSecureUrl(`origins[${index}]`, origin, allowInsecureRequests))

  require('store', store === undefined || [store?.get, store?.set, store?.delete].every(isFunction), 'must have get, set and delete')
  require('subject', subject === undefined || (typeof subject === 'string' && subject !== ''), 'must be a text that is not empty')
  require('foreignOrigins', [undefined, 'refuse', 'pass-through'].includes(foreignOrigins), "must be 'refuse' or 'pass-through'")
  require('renewal', isObject(renewal), 'must be an object')
  require('retry', isObject(retry), 'must be an object')
  // A text such as 'false' would else count as true.
  require('allowInsecureRequests', isBoolean(allowInsecureRequests), 'must be true or false')
  require('renewal.scheduled', isBoolean(renewal.scheduled), 'must be true or false')
  require('fetch', options.fetch === undefined || isFunction(options.fetch), 'must be a function')
  require('now', options.now === undefined || isFunction(options.now), 'must be a function')
  requireNumbers({ timeoutMs: options.timeoutMs }, 1, longestTimerMs)
  requireNumbers({ 'renewal.aheadMs': renewal.aheadMs, 'renewal.marginMs': renewal.marginMs, maxReplayBytes: options.maxReplayBytes })
  require('retry.retries', retry.retries === undefined || Number.isInteger(retry.retries), 'must be a whole number, 0 or more')
  requireNumbers({ 'retry.retries': retry.retries, 'retry.minDelayMs': retry.minDelayMs, 'retry.maxDelayMs': retry.maxDelayMs })
  return allowed.map((url) => url.origin)
}

const optionNames =
  'provider grant store subject origins foreignOrigins allowInsecureRequests renewal retry timeoutMs maxReplayBytes fetch now'.split(' ')

function require(option: string, isRight: boolean, message: string): void {
  if (!isRight) throw new ConfigurationError(option, message)
}

function requireNumbers(values: Record<string, number | undefined>, least = 0, most = Number.MAX_VALUE): void {
  const range = most === Number.MAX_VALUE ? `${least} or more` : `${least} to ${most}`
  for (const [option, value] of Object.entries(values)) {
    require(option, value === undefined || (Number.isFinite(value) && value >= least && value <= most), `must be a number, ${range}`)
  }
}

const isBoolean = (value: unknown): boolean => value === undefined || typeof value === 'boolean'
const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null
const isFunction = (value: unknown): boolean => typeof value === 'function'
