import type { Readable, Writable } from 'node:stream'
import { CommandError } from './failure.ts'

type OutputStream = Writable & { readonly isTTY?: boolean; readonly columns?: number }
type InputStream = Readable & { readonly isTTY?: boolean }

/** What the command has to do with: the environment and the three streams of its process. */
export interface Surroundings {
  readonly env: NodeJS.ProcessEnv
  readonly stdin: InputStream
  readonly stdout: OutputStream
  readonly stderr: OutputStream
}

const colours = { red: 31, green: 32, yellow: 33 } as const

/** Results go to standard output, all else to standard error. Colours and progress only where that is a terminal. */
export class Terminal {
  readonly stdin: InputStream
  readonly env: NodeJS.ProcessEnv
  readonly #stdout: OutputStream
  readonly #stderr: OutputStream

  constructor({ env, stdin, stdout, stderr }: Surroundings) {
    this.env = env
    this.stdin = stdin
    this.#stdout = stdout
    this.#stderr = stderr
    // Each write tells its own failure. Without a listener, a reader that has gone would end the process with a stack.
    for (const stream of [stdout, stderr]) stream.on('error', () => {})
  }

  /** Whether standard output is a terminal. */
  get isTerminal(): boolean {
    return this.#stdout.isTTY === true
  }

  /** Whether notes, and what they ask, are read by a person. */
  get isWatched(): boolean {
    return this.#stderr.isTTY === true
  }

  /** How wide notes and results may be. */
  get columns(): number {
    return Math.min(this.#stdout.columns ?? this.#stderr.columns ?? 80, 100)
  }

  /** Writes a result. @throws CommandError where nobody reads it, or the disk is full */
  async write(data: string | Uint8Array): Promise<void> {
    const failure = await writeTo(this.#stdout, data)
    if (failure === undefined) return
    const { code } = failure as NodeJS.ErrnoException
    if (code === 'EPIPE') throw new CommandError('The reader of the standard output has closed it (EPIPE).')
    throw new CommandError(`The standard output cannot be written${code === 'ENOSPC' ? ': the disk is full' : ''} (${code ?? 'no code'}).`)
  }

  /** Writes a line that is no result. That nobody reads it is no failure. */
  async note(line: string): Promise<void> {
    await writeTo(this.#stderr, `${line}\n`)
  }

  /** Writes over the line that stands there; an empty one removes it. Nothing where nobody watches. */
  async progress(line: string): Promise<void> {
    if (this.isWatched) await writeTo(this.#stderr, `\r\x1b[K${line.slice(0, Math.max(1, (this.#stderr.columns ?? 80) - 1))}`)
  }

  paint(colour: keyof typeof colours, text: string): string {
    return this.#paintOn(this.#stdout, colour, text)
  }

  paintNote(colour: keyof typeof colours, text: string): string {
    return this.#paintOn(this.#stderr, colour, text)
  }

  // https://no-color.org: "when present and not an empty string (regardless of its value)".
  #paintOn(stream: OutputStream, colour: keyof typeof colours, text: string): string {
    const isColoured = stream.isTTY === true && !this.env['NO_COLOR'] && this.env['TERM'] !== 'dumb'
    return isColoured ? `\x1b[${colours[colour]}m${text}\x1b[0m` : text
  }
}

function writeTo(stream: Writable, data: string | Uint8Array): Promise<Error | undefined> {
  return new Promise((resolve) => stream.write(data, (error) => resolve(error ?? undefined)))
}
