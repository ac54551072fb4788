const maxTexts = 256

/**
 * The texts of URLs that were checked, and what is sent for each: an application that calls the same ones again has them
 * checked once. Only whole texts count, and only such as mean the same wherever they are used.
 */
export class KnownUrls {
  // The first one has a place of its own: a manager that calls one URL needs no map.
  #text: string | undefined
  #href = ''
  #others: Map<string, string> | undefined

  /** What to send, or `undefined` for a text that is not known. */
  get(text: string): string | undefined {
    return text === this.#text ? this.#href : this.#others?.get(text)
  }

  add(text: string, href: string): void {
    // The same text is not kept twice.
    const kept = href === text ? text : href
    if (this.#text === undefined) {
      this.#text = text
      this.#href = kept
      return
    }
    this.#others ??= new Map()
    // Texts with ids in them come once each: begin anew rather than grow.
    if (this.#others.size >= maxTexts) this.#others.clear()
    this.#others.set(text, kept)
  }
}
