import { cleanUrl } from '../base/redact.ts'

const firstSpanMs = 60_000
const longestSpanMs = 900_000
const mostPaths = 100

/**
 * Remembers paths that reject new tokens too, for a minute, and twice as long each time that it shows again. It is never longer
 * where a path has accepted a token since: that path stands for several things, as the one of an API with one URL does.
 */
export class ForbiddenPaths {
  // In the order in which they were noted.
  readonly #paths = new Map<string, { readonly until: number; readonly spanMs: number; isMixed?: boolean }>()

  has(path: string, now: number): boolean {
    const { until = 0, spanMs = 0 } = this.#paths.get(path) ?? {}
    // A time that is further away was set by a clock that has jumped back since.
    return now < until && until - now <= spanMs
  }

  /** Notes that a path has rejected a newly got token; once while it is remembered. */
  add(path: string, now: number): void {
    if (this.has(path, now)) return
    const before = this.#paths.get(path)
    const spanMs = before && !before.isMixed ? Math.min(before.spanMs * 2, longestSpanMs) : firstSpanMs
    this.#paths.delete(path)
    this.#paths.set(path, { until: now + spanMs, spanMs })
    if (this.#paths.size > mostPaths) this.#paths.delete(this.#paths.keys().next().value as string)
  }

  /** Notes that a call to a URL has accepted a token. */
  noteAcceptance(url: string): void {
    const path = this.#paths.size > 0 ? this.#paths.get(cleanUrl(url)) : undefined
    if (path) path.isMixed = true
  }

  /** Notes that a path has accepted a newly got token. */
  delete(path: string): void {
    this.#paths.delete(path)
  }
}
