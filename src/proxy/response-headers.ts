import { createSecretFinder, type HoldsSecret } from '../base/redact.ts'
import type { Token } from '../token/token.ts'

const passed = ['accept-ranges', 'etag', 'last-modified', 'link', 'retry-after', 'vary']

/** Chooses what comes down. */
export class ResponseHeadersBuilder {
  readonly #finders = new WeakMap<Token, HoldsSecret>()

  /**
   * The headers of an upstream's response as the caller gets them: those that describe the content, and none that holds
   * one of the tokens. No cookies, no addresses of the upstream, nothing that would steer the browser.
   */
  build(headers: Headers, tokens: readonly Token[]): Headers {
    const down = new Headers()
    // The runtime has decoded the body, so that neither its encoding nor its length is that of the wire.
    const isDecoded = headers.has('content-encoding')
    for (const [name, value] of headers) {
      if (!passed.includes(name) && !name.startsWith('content-')) continue
      if (name === 'content-encoding' || (isDecoded && name === 'content-length')) continue
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
    const holdsToken = createSecretFinder([token.accessToken, token.refreshToken ?? ''])
    this.#finders.set(token, holdsToken)
    return holdsToken
  }
}
