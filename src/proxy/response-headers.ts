import { createSecretFinder, type HoldsSecret } from '../base/redact.ts'
import type { Token } from '../token/token.ts'

/** What describes the content, by whole names: a name of which a part is free could itself hold something. */
const passed = [
  'accept-ranges',
  'content-disposition',
  'content-language',
  'content-length',
  'content-range',
  'content-type',
  'etag',
  'last-modified',
  'link',
  'retry-after',
  'vary',
]

/** What these are answered with has no body, and no length of one: a client would wait for it. */
export const bodiless: readonly number[] = [204, 205, 304]

/** Most responses of an API say the same (`application/json`): so many values, of such a length, are looked into once a token. */
const mostKnown = 100
const longestKnown = 64

/** Chooses what comes down. */
export class ResponseHeadersBuilder {
  readonly #upstreamHost: string
  readonly #finders = new WeakMap<Token, HoldsSecret>()

  constructor(upstreamHost: string) {
    this.#upstreamHost = upstreamHost
  }

  /**
   * The headers of an upstream's response as the caller gets them: those that describe the content, and none that holds
   * one of the tokens. No cookies, no addresses of the upstream, nothing that would steer the browser.
   */
  build({ headers, status }: Pick<Response, 'headers' | 'status'>, tokens: readonly Token[]): Headers {
    const down = new Headers()
    // The runtime has decoded the body, so that neither its encoding nor its length is that of the wire.
    const hasLength = !headers.has('content-encoding') && !bodiless.includes(status)
    for (const name of passed) {
      const value = headers.get(name)
      if (value === null || (name === 'content-length' && !hasLength)) continue
      if (value.toLowerCase().includes(this.#upstreamHost)) continue
      if (!tokens.some((token) => this.#finderOf(token)(value))) down.set(name, value)
    }
    down.set('cache-control', 'private, no-store')
    // What the API says that it is, is what it is: it stands on the page's own origin now.
    down.set('x-content-type-options', 'nosniff')
    return down
  }

  #finderOf(token: Token): HoldsSecret {
    const known = this.#finders.get(token)
    if (known) return known
    const holdsToken = rememberClean(createSecretFinder([token.accessToken, token.refreshToken ?? '']))
    this.#finders.set(token, holdsToken)
    return holdsToken
  }
}

/** A finder that remembers the first short strings in which there was nothing. */
function rememberClean(holdsSecret: HoldsSecret): HoldsSecret {
  const clean = new Set<string>()
  return (text) => {
    if (clean.has(text)) return false
    const isFound = holdsSecret(text)
    if (!isFound && clean.size < mostKnown && text.length <= longestKnown) clean.add(text)
    return isFound
  }
}
