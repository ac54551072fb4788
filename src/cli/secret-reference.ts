import { spawn } from 'node:child_process'
import { readFile, stat } from 'node:fs/promises'
import { homedir } from 'node:os'
import { dirname, resolve } from 'node:path'
import { createInterface } from 'node:readline/promises'
import { type Readable, Writable } from 'node:stream'
import { abortable } from '../base/abortable.ts'
import { CommandError, codeOf, type UsageError } from './failure.ts'
import type { Terminal } from './terminal.ts'

const forms = 'env:NAME, file:PATH, command:COMMAND or - for standard input'
const longestSecret = 65_536

/** Whether a value of a profile says where a secret is, as against the secret itself. */
export function isReference(value: unknown): value is string {
  return typeof value === 'string' && /^(env:.|file:.|command:.|-$)/s.test(value)
}

/** A reference as it may be shown: a command may hold what is nobody's business. */
function showReference(reference: string): string {
  if (reference === '-') return 'standard input'
  return reference.startsWith('command:') ? 'a command' : reference
}

/** Where a reference stands: for messages. */
export type Place = (message: string) => UsageError

export interface SecretsOptions {
  readonly terminal: Terminal
  readonly signal: AbortSignal
  /** The file that the references stand in: `file:` is relative to its folder, and never to the current one. */
  readonly file: string
}

/** The secrets that a profile refers to. Each is fetched when it is needed, and once in a run. */
export class Secrets {
  readonly #options: SecretsOptions
  readonly #shown = new Map<string, string>()
  #failure: Error | undefined
  #usesInput = false
  readonly #fetching = new Set<Promise<string>>()

  constructor(options: SecretsOptions) {
    this.#options = options
  }

  /**
   * Why one of them could not be fetched: in place of what the manager, which must not repeat the words of a function, makes of
   * it.
   */
  get failure(): Error | undefined {
    return this.#failure
  }

  /** Whether one of them is still being fetched: a person may have to unlock a vault, or to type it. */
  get isFetching(): boolean {
    return this.#fetching.size > 0
  }

  /** Resolves when all that are being fetched are there. */
  async fetched(): Promise<void> {
    await Promise.all(this.#fetching)
  }

  /** Whether one of them comes from standard input, which is then nobody else's. */
  get usesInput(): boolean {
    return this.#usesInput
  }

  /** Where each one comes from, by the name of its field. */
  get shown(): ReadonlyMap<string, string> {
    return this.#shown
  }

  /** @throws UsageError for a secret in clear, which the message does not repeat */
  refer(name: string, reference: unknown, at: Place): () => Promise<string> {
    if (!isReference(reference)) throw at(`must say where the secret is, since none may stand in this file: ${forms}`)
    if (reference === '-') {
      if (this.#usesInput) throw at('is a second secret from standard input, which holds one')
      this.#usesInput = true
    }
    this.#shown.set(name, showReference(reference))
    let secret: Promise<string> | undefined
    // What is no secret ends the request at once. Thrown, it would count as an outage, and be tried again.
    return () => (secret ??= this.#track(abortable(this.#fetch(reference, at), this.#options.signal).catch((error) => this.#fail(error))))
  }

  /** What is no secret, and is needed at once. @throws UsageError or CommandError where it cannot be fetched */
  async fetchNow(name: string, reference: unknown, at: Place): Promise<string> {
    const text = await this.refer(name, reference, at)()
    if (this.#failure) throw this.#failure
    return text
  }

  #track(secret: Promise<string>): Promise<string> {
    this.#fetching.add(secret)
    return secret.finally(() => this.#fetching.delete(secret))
  }

  #fail(error: unknown): string {
    this.#failure ??= error instanceof Error ? error : new CommandError('A secret could not be fetched.')
    return ''
  }

  async #fetch(reference: string, at: Place): Promise<string> {
    const [, kind = '-', rest = ''] = /^(\w+):(.*)$/s.exec(reference) ?? []
    const text =
      (await { env: () => this.#readEnv(rest, at), file: () => this.#readFile(rest, at), command: () => this.#run(rest, at) }[
        kind as 'env' | 'file' | 'command'
      ]?.()) ?? (await this.#readInput(at))
    // One line break at the end is of the file, and not of the secret.
    const secret = text.replace(/\r?\n$/, '')
    if (!secret) throw at(`is empty: ${showReference(reference)} holds nothing`)
    if (secret.length > longestSecret) throw at(`is longer than ${longestSecret} characters`)
    return secret
  }

  async #readEnv(name: string, at: Place): Promise<string> {
    const value = this.#options.terminal.env[name]
    if (value === undefined) throw at(`names the environment variable ${name}, which is not set`)
    return value
  }

  async #readFile(path: string, at: Place): Promise<string> {
    const whole = /^~(?=[/\\])/.test(path) ? homedir() + path.slice(1) : resolve(dirname(this.#options.file), path)
    try {
      const isNamedPipe = (await stat(whole)).isFIFO() && !/^\/(dev|proc)\//.test(whole)
      if (!isNamedPipe) return await readFile(whole, 'utf8')
    } catch (error) {
      throw at(`names the file ${whole}, which cannot be read (${codeOf(error)})`)
    }
    // By a process of its own, which can be ended: a thread that waits for a pipe holds the exit of the command.
    return this.#readFrom('cat', [whole], at)
  }

  /** By the shell, with the terminal for its own questions. Its standard input is empty: that is for the command's data. */
  #run(command: string, at: Place): Promise<string> {
    return this.#readFrom(command, undefined, at)
  }

  /** @param args without them, the command is one for the shell */
  async #readFrom(command: string, args: readonly string[] | undefined, at: Place): Promise<string> {
    const { signal, terminal } = this.#options
    const child = spawn(command, args ?? [], { shell: args === undefined, stdio: ['ignore', 'pipe', 'inherit'], signal, env: terminal.env })
    const ended = new Promise<number | string | null>((end) => {
      child.once('error', (error) => end(codeOf(error)))
      child.once('close', (status, killedBy) => end(status ?? killedBy))
    })
    const text = await readAll(child.stdout)
    // A command that is still writing is told that nobody reads it.
    if (text.length > longestSecret) return text
    const status = await ended
    if (status !== 0) throw new CommandError(at(`is what a command prints, which failed (${status})`).message)
    return text
  }

  async #readInput(at: Place): Promise<string> {
    const { stdin } = this.#options.terminal
    if (stdin.isTTY) return this.#ask(at)
    return readAll(stdin)
  }

  /** Asks a person, and shows nothing of what is typed. */
  async #ask(at: Place): Promise<string> {
    const { terminal, signal } = this.#options
    const silent = new Writable({ write: (_chunk, _encoding, done) => done() })
    const lines = createInterface({ input: terminal.stdin, output: silent, terminal: true })
    try {
      // Listened for first: somebody may have typed already.
      const answer = lines.question('', { signal })
      // A terminal that shows nothing passes these keys on: Ctrl-C, and Ctrl-D, which ends the input.
      lines.once('SIGINT', () => process.kill(process.pid, 'SIGINT'))
      const isClosed = new Promise<string>((resolve) => lines.once('close', () => resolve('')))
      await terminal.note(`${at('is needed').message}. Type it and press Enter; it is not shown.`)
      return await Promise.race([answer, isClosed])
    } finally {
      lines.close()
    }
  }
}

/** All of a stream, or as much of it as is too long for a secret. */
async function readAll(stream: Readable): Promise<string> {
  let text = ''
  for await (const chunk of stream.setEncoding('utf8')) {
    text += chunk
    if (text.length > longestSecret) break
  }
  return text
}
