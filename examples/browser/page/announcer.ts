import { find } from './dom.ts'

const gapMs = 1_500

/** Says things aloud to those who listen to the page: one after another, never the same twice in a row, and not all at once. */
export class Announcer {
  readonly #node = find('#announcer')
  readonly #queue: string[] = []
  #timer: ReturnType<typeof setTimeout> | undefined

  say(text: string): void {
    // What has piled up is old news.
    if (this.#queue.length > 3 || this.#queue.at(-1) === text) return
    this.#queue.push(text)
    if (this.#timer === undefined) this.#next()
  }

  #next(): void {
    const text = this.#queue.shift()
    if (text !== undefined) this.#node.textContent = text
    this.#timer = text === undefined ? undefined : setTimeout(() => this.#next(), gapMs)
  }
}
