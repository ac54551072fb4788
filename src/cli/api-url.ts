import type { TokenManager } from '../manager/token-manager.ts'
import { UsageError } from './failure.ts'

const rule = 'URL must begin with https://, or be a path of the API.'

/**
 * The URL of a call. A path is joined to the address of the API: that of the token, where its reply named one.
 * @param getToken called where a token has to say it
 * @throws UsageError for what is no URL
 */
export async function resolveUrl(tokens: TokenManager, given: string, getToken: () => Promise<unknown>): Promise<string> {
  if (/^[a-z][a-z\d+.-]*:/i.test(given)) {
    if (URL.canParse(given)) return given
    throw new UsageError(rule)
  }
  // It would name another host.
  if (/^[/\\]{2}/.test(given)) throw new UsageError(rule)
  if (tokens.explain().apiUrlFrom === 'token') await getToken()
  const base = tokens.explain().apiUrl.replace(/\/+$/, '')
  return given ? `${base}/${given.replace(/^\//, '')}` : base
}
