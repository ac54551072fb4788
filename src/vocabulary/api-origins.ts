import { type Check, check } from '../base/check.ts'
import { parseSecureUrl } from '../base/secure-url.ts'
import type { Provider } from './provider.ts'

/** An origin, in which `*` stands for one or more labels; not for the last two, which anybody can register. */
export const anApiOrigin: Check = (option, value) => {
  const [, host] = (typeof value === 'string' && /^https?:\/\/([\w*-]+(?:\.[\w*-]+)*|\[[\da-f:]+\])(:\d+)?$/i.exec(value)) || []
  check(option, host !== undefined && URL.canParse(value as string), 'must be an origin, such as https://*.example.com')
  const labels = host.split('.')
  const isWhole = labels.every((label) => label === '*' || !label.includes('*'))
  check(option, isWhole && host.split('*').length < 4, "has a '*' that is no whole label, or more than two")
  check(option, !labels.slice(-2).includes('*'), "has a '*' in the last two labels of its host, which anybody can register")
}

/**
 * The URL of the API that a reply names: a URL, or a host for `https:`; without a path it has that of `apiUrl`. `undefined`
 * where `apiOrigins` does not allow it.
 */
export function resolveApiUrl(value: unknown, provider: Provider): string | undefined {
  if (typeof value !== 'string') return undefined
  const text = /^[a-z][\w+.-]*:\/\//i.test(value) ? value : `https://${value}`
  if (!URL.canParse(text)) return undefined
  const url = new URL(text)
  if (url.pathname === '/') url.pathname = new URL(provider.apiUrl).pathname
  const isBase = !url.username && !url.password && !/[?#]/.test(url.href)
  return isBase && isApiOrigin(url, provider) ? url.href : undefined
}

// No host is longer, and a pattern with wildcards takes its time for each character.
const longestOrigin = 300

/** Whether a reply may say that the API is at this URL. */
function isApiOrigin({ origin }: URL, { apiOrigins = [] }: Provider): boolean {
  return (
    origin.length <= longestOrigin &&
    apiOrigins.some((allowed) => {
      const literals = new URL(allowed).origin.split('*').map((text) => text.replaceAll('.', '\\.'))
      return new RegExp(`^${literals.join('[^./:]+(\\.[^./:]+)*')}$`).test(origin)
    })
  )
}

/** @throws ConfigurationError naming the origin that cannot be one, or is without TLS */
function checkApiOrigins(option: string, apiOrigins: unknown, allowInsecureRequests: boolean): void {
  check(option, Array.isArray(apiOrigins), 'must be a list of origins')
  for (const [index, origin] of apiOrigins.entries()) {
    const entry = `${option}[${index}]`
    anApiOrigin(entry, origin)
    parseSecureUrl(entry, origin.replaceAll('*', 'any'), allowInsecureRequests)
  }
}

/** What profiles with `apiOrigins` bring along. */
export const apiOriginAbility = { checkApiOrigins, resolveApiUrl, isApiOrigin }
