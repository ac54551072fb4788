import ky, { type KyInstance, type Options as KyOptions } from 'ky'
import type { TokenManager } from '../manager/token-manager.ts'

/**
 * A ky client that sends through `tokens.fetch`: paths such as `cities` are joined to the provider's `apiUrl`. ky's own
 * options apply (hooks, retries of the API, time-outs, JSON), but for `fetch`.
 */
export function createClient(tokens: TokenManager, options: KyOptions = {}): KyInstance {
  const apiUrl = tokens.explain().apiUrl
  return ky.create({ baseUrl: apiUrl.endsWith('/') ? apiUrl : `${apiUrl}/`, ...options, fetch: tokens.fetch })
}
