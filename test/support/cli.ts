import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough, Readable, Writable } from 'node:stream'
import { onTestFinished } from 'vitest'
import { runCommand } from '../../src/cli/run-command.ts'
import { sleep } from '../../src/testing/sleep.ts'

export interface CommandResult {
  readonly status: number
  readonly stdout: string
  readonly stderr: string
}

export interface RunOptions {
  readonly env?: Record<string, string>
  readonly stdin?: string
  /** Whether standard output and standard error are terminals, and how wide. */
  readonly columns?: number
  readonly signal?: AbortSignal
}

export interface CommandUser {
  /** The user's home: profiles and tokens are in it. */
  readonly home: string
  readonly profiles: string
  /** Writes the file of profiles; a text as it stands. */
  write(profiles: object | string): void
  /** Runs the command in this process, without any variable of the one that runs the tests. */
  run(argv: readonly string[], options?: RunOptions): Promise<CommandResult>
}

/** A user of the command, with a home of their own, until the test ends. */
export function createCommandUser(): CommandUser {
  const home = mkdtempSync(join(tmpdir(), 'tokenwell-cli-'))
  // A watch of the store may still be closing.
  onTestFinished(async () => {
    await sleep(0)
    rmSync(home, { recursive: true, force: true, maxRetries: 3 })
  })
  const folder = join(home, '.config', 'tokenwell')
  mkdirSync(folder, { recursive: true })
  const profiles = join(folder, 'profiles.json')
  return {
    home,
    profiles,
    write: (value) => writeFileSync(profiles, typeof value === 'string' ? value : JSON.stringify({ profiles: value }, null, 2)),
    async run(argv, { env = {}, stdin = '', columns, signal = new AbortController().signal } = {}) {
      const [stdout, stderr] = [collect(columns), collect(columns)]
      const own = { HOME: home, XDG_STATE_HOME: join(home, 'state'), PATH: process.env['PATH'], ...env }
      const status = await runCommand(argv, { env: own, stdin: Readable.from([Buffer.from(stdin)]), stdout, stderr }, signal)
      return { status, stdout: stdout.text(), stderr: stderr.text() }
    },
  }
}

function collect(columns: number | undefined) {
  let all = ''
  const stream = new Writable({
    write(chunk, _encoding, done) {
      all += chunk
      done()
    },
  })
  return Object.assign(stream, { text: () => all, ...(columns !== undefined && { isTTY: true, columns }) })
}

/** A stream that somebody types into. */
export function createKeyboard(): PassThrough & { isTTY: boolean } {
  return Object.assign(new PassThrough(), { isTTY: true })
}
