/** The init that is handed to `fetch`. Its sender knows it again where a given `fetch` leads back to it. */
export class SentInit implements RequestInit {
  headers: HeadersInit
  readonly #sender: object

  constructor(sender: object, init: RequestInit | undefined, headers: HeadersInit) {
    if (init) Object.assign(this, init)
    this.headers = headers
    this.#sender = sender
  }

  static isFrom(sender: object, init: unknown): boolean {
    return typeof init === 'object' && init !== null && #sender in init && init.#sender === sender
  }
}
