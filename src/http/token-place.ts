import { check } from '../base/check.ts'
import { createSecretFinder } from '../base/redact.ts'
import type { HeldToken } from '../token/held-token.ts'
import { resolveApiUrl } from '../vocabulary/api-origins.ts'
import type { Grant } from '../vocabulary/grant.ts'
import type { Provider } from '../vocabulary/provider.ts'
import { authorizationHeader, authorizationValue, furtherHeaders, isDroppedOnRedirect, profileOf } from './authorization.ts'
import { addToken, createHeaders, type OwnHeaders } from './headers.ts'

export interface TokenPlaceOptions {
  readonly provider: Provider
  readonly grant: Grant
}

/** What a held token adds to each call. */
interface PlacedToken {
  readonly held: Pick<HeldToken, 'token'>
  /** As it travels; nothing where a function puts it there. */
  readonly value: string
  /** Further headers, in the order in which the first one of a name counts. */
  readonly others: readonly (readonly [name: string, value: string])[] | undefined
  /** The origin of the API that came with the token: it may receive this one. */
  readonly apiOrigin: string | undefined
}

/** Where on a call its token stands: in a header, in the query, or among the cookies. */
export class TokenPlace {
  /** The header that carries the token, or that a caller sets where the token travels elsewhere. */
  readonly header: string
  /** Headers that never go to another origin, beside those of the platform. */
  readonly ownHeaders: readonly string[]
  /** Whether platforms forward what carries the token wherever a redirect leads. */
  readonly isForwarded: boolean
  /** Whether a call gets an `Authorization` header and nothing else. */
  readonly isPlain: boolean
  /** Whether what carries the token is a header. */
  readonly isHeader: boolean
  readonly query: string | undefined
  readonly #cookie: string | undefined
  readonly #options: TokenPlaceOptions
  // A memo of one entry.
  #placed: PlacedToken | undefined

  constructor(options: TokenPlaceOptions) {
    const { provider } = options
    const { query, cookie, headers = {} } = profileOf(provider)
    this.#options = options
    this.query = query
    this.#cookie = cookie
    this.header = authorizationHeader(provider)
    this.ownHeaders = [this.header, ...Object.keys(headers)]
    this.isHeader = (query ?? cookie) === undefined && typeof provider.authorization !== 'function'
    const isAlone = this.isHeader && this.ownHeaders.length === 1
    this.isForwarded = !isAlone || !isDroppedOnRedirect(this.header)
    this.isPlain = isAlone && this.header === 'Authorization' && provider.headers === undefined
  }

  /** Adds what belongs into headers. These are changed where `isOwn` says that they may be. */
  addToHeaders(headers: OwnHeaders | undefined, held: Pick<HeldToken, 'token'>, isOwn: boolean): OwnHeaders {
    const { value, others } = this.placeOf(held)
    const all = addToken(headers, this.isHeader ? [this.header, value] : undefined, { defaults: others, isOwn })
    return this.#cookie === undefined ? all : addCookie(createHeaders(all), this.#cookie, value)
  }

  /** @throws ConfigurationError for a token that cannot travel as the provider says */
  placeOf(held: Pick<HeldToken, 'token'>): PlacedToken {
    // Short, for the hot path: what is longer is not inlined.
    if (this.#placed?.held !== held) this.#placed = this.#read(held)
    return this.#placed
  }

  #read(held: Pick<HeldToken, 'token'>): PlacedToken {
    const { provider, grant } = this.#options
    const holder = { token: held.token, grant }
    const others = [...furtherHeaders(provider, holder), ...Object.entries(provider.headers ?? {})]
    const apiUrl = resolveApiUrl(held.token.apiUrl, provider)
    return {
      held,
      value: typeof provider.authorization === 'function' ? '' : authorizationValue(provider, holder),
      others: others.length > 0 ? others : undefined,
      apiOrigin: apiUrl && new URL(apiUrl).origin,
    }
  }
}

/** Sets a cookie among those of the caller, in place of one of its name. */
function addCookie(headers: Headers, name: string, value: string): Headers {
  check('authorization.cookie', !value.includes(';'), 'cannot carry this token: a semicolon ends a cookie')
  const others = (headers.get('cookie') ?? '').split(';').map((cookie) => cookie.trim())
  const kept = others.filter((cookie) => cookie && cookie.split('=')[0]?.trim() !== name)
  headers.set('cookie', [...kept, `${name}=${value}`].join('; '))
  return headers
}

/** Puts a parameter at the end of the query of a URL, in place of those of its name. All else stays as it is, to the letter. */
export function addToQuery(href: string, name: string, value: string): string {
  return editQuery(href, (parts) => [
    ...parts.filter((part) => !isNamed(part, name)),
    `${encodeURIComponent(name)}=${encodeURIComponent(value)}`,
  ])
}

/**
 * A foreign URL without the parameters that repeat what may not go there; `undefined` where that stands elsewhere, or in another
 * form than as it is, percent-encoded or not. A parameter of the token's name is the foreign server's own, unless its value is the
 * token, the first of the secrets.
 */
export function withoutSecrets(href: string, secrets: readonly string[], name = ''): string | undefined {
  const isOwn = (part: string) => new URLSearchParams(part).get(name) === secrets[0]
  const clean = editQuery(href, (parts) => parts.filter((part) => !isOwn(part) && !secrets.some((secret) => repeats(part, secret))))
  return secrets.some((secret) => repeats(clean, secret)) || createSecretFinder(secrets.map(tellingPart))(clean) ? undefined : clean
}

// JWTs begin alike, whoever they are for: what tells one is its signature.
const tellingPart = (secret: string): string => /^eyJ.*\.([^.]{16,})$/s.exec(secret)?.[1] ?? secret

function editQuery(href: string, edit: (parts: string[]) => string[]): string {
  const [, base, query, hash] = /^([^?#]*)\??([^#]*)(.*)$/s.exec(new URL(href).href) as unknown as string[]
  const edited = edit(query ? query.split('&') : [])
  return `${base}${edited.length > 0 ? '?' : ''}${edited.join('&')}${hash}`
}

const isNamed = (part: string, name: string) => new URLSearchParams(part).has(name)

/** Whether a string holds the token, percent-encoded up to three times. One of fewer than 4 characters occurs in ordinary words. */
function repeats(text: string, token: string, rounds = 3): boolean {
  if (token.length < 4 || text.includes(token)) return token.length > 3
  const decoded = text.replace(/%([\da-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
  return rounds > 0 && repeats(decoded, token, rounds - 1)
}
