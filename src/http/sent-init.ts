/** The init that is handed to `fetch`. Its owner knows it again where a given `fetch` leads back to it. */
export class SentInit implements RequestInit {
  // What is looked at here; whatever else a caller gave is there as well.
  declare method?: string
  declare headers?: HeadersInit
  declare body?: BodyInit | null
  declare mode?: RequestMode
  declare redirect?: RequestRedirect
  declare signal?: AbortSignal | null
  declare duplex?: 'half'
  readonly #owner: object

  constructor(owner: object, init?: object) {
    if (init) Object.assign(this, init)
    this.#owner = owner
  }

  static isOf(owner: object, init: unknown): boolean {
    return typeof init === 'object' && init !== null && #owner in init && init.#owner === owner
  }
}
