import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { flushCompileCache } from 'node:module'
import { fileURLToPath } from 'node:url'

/** A real process that runs a script beside this file, and talks with the test by messages. */
export class Child<Message> {
  readonly process: ChildProcess
  readonly #received: Message[] = []
  #stderr = ''

  /** `CHILD_NODE=/path/to/node` tries another Node than the one that runs the tests. */
  constructor(script: string, setup: object) {
    this.process = fork(fileURLToPath(new URL(script, import.meta.url)), [JSON.stringify(setup)], {
      execPath: process.env['CHILD_NODE'] ?? process.execPath,
      execArgv: [],
      stdio: ['ignore', 'inherit', 'pipe', 'ipc'],
    })
    this.process.on('message', (message) => this.#received.push(message as Message))
    this.process.stderr?.setEncoding('utf8').on('data', (chunk: string) => {
      this.#stderr += chunk
    })
  }

  get #hasEnded(): boolean {
    return this.process.exitCode !== null || this.process.signalCode !== null
  }

  get pid(): number {
    return this.process.pid ?? 0
  }

  /** What it has sent so far. */
  get received(): readonly Message[] {
    return this.#received
  }

  send(message: object): void {
    this.process.send(message)
  }

  /** Its message number `count`, counted from one. Rejects where it ends before. */
  async reply(count: number): Promise<Message> {
    const ended = new AbortController()
    const abort = (): void => ended.abort()
    this.process.once('exit', abort)
    try {
      while (this.#received.length < count && !this.#hasEnded) await once(this.process, 'message', { signal: ended.signal }).catch(() => {})
    } finally {
      this.process.off('exit', abort)
    }
    if (this.#received.length < count) throw new Error(`The process ended with ${this.process.exitCode}: ${this.#stderr}`)
    return this.#received[count - 1] as Message
  }

  /** Ends it at once, wherever it is, and waits until it has gone. */
  async kill(): Promise<void> {
    if (this.#hasEnded) return
    const gone = once(this.process, 'close')
    this.process.kill('SIGKILL')
    await gone
  }
}

/** What a script was given. */
export function readSetup<T>(): T {
  // Usually Node writes it when a process ends by itself, and most of these are killed.
  flushCompileCache()
  return JSON.parse(process.argv[2] ?? '{}') as T
}
