import ky, { type KyInstance, type Options as KyOptions } from 'ky'
import { check } from '../base/check.ts'
import type { TokenManager } from '../manager/token-manager.ts'
import { joinPaths } from './join-paths.ts'

/** ky's own options. Calls go through the manager's `fetch`, so there is no place for another one. */
export type ClientOptions = Omit<KyOptions, 'fetch'> & { fetch?: undefined }

/**
 * A ky client that sends through `tokens.fetch`: paths such as `cities` or `/cities` are joined to the provider's `apiUrl`, or
 * to a `baseUrl` of the options. ky's own options apply (hooks, retries of the API, time-outs, JSON), but for `fetch`.
 * @throws ConfigurationError for a preset in the place of a manager, and for an option `fetch`
 */
export function createClient(tokens: TokenManager, options: ClientOptions = {}): KyInstance {
  check('tokens', typeof tokens?.explain === 'function', 'must be a TokenManager: createClient(new TokenManager(…))')
  check('fetch', options.fetch === undefined, 'has no place here, since calls go through tokens.fetch: give it to the TokenManager')
  const baseUrl = String(options.baseUrl ?? tokens.explain().apiUrl)
  return joinPaths(ky.create({ ...options, baseUrl: baseUrl.endsWith('/') ? baseUrl : `${baseUrl}/`, fetch: tokens.fetch }))
}
