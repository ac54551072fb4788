import type { Terminal } from './terminal.ts'

const quietMs = 1_000
const everyMs = 250

/** How much of a body is there, for a person who waits: after a second, four times a second, in one line that goes at the end. */
export class Progress {
  readonly #terminal: Terminal | undefined
  readonly #total: number
  #bytes = 0
  #shownAt = performance.now() + quietMs - everyMs
  #isShown = false

  constructor(response: Response, terminal: Terminal | undefined) {
    this.#terminal = terminal
    // Of a compressed body, the header tells the size of another thing.
    const isPlain = !response.headers.has('content-encoding')
    this.#total = isPlain ? Number(response.headers.get('content-length')) : 0
  }

  async add(bytes: number): Promise<void> {
    this.#bytes += bytes
    const now = performance.now()
    if (now - this.#shownAt < everyMs) return
    this.#shownAt = now
    this.#isShown = true
    const share = this.#total > 0 ? ` of ${formatBytes(this.#total)} (${Math.floor((this.#bytes / this.#total) * 100)} %)` : ''
    await this.#terminal?.progress(`${formatBytes(this.#bytes)}${share}`)
  }

  async end(): Promise<void> {
    if (this.#isShown) await this.#terminal?.progress('')
  }
}

function formatBytes(bytes: number): string {
  return bytes < 1e6 ? `${(bytes / 1e3).toFixed(0)} kB` : `${(bytes / 1e6).toFixed(1)} MB`
}
