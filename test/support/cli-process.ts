import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { onTestFinished } from 'vitest'
import { childEnvironment } from './child-environment.ts'

export interface ProcessResult {
  readonly status: number | null
  readonly stdout: string
  readonly stderr: string
}

export interface RunningCommand {
  readonly child: ChildProcess
  readonly output: { stdout: string; stderr: string }
  readonly ended: Promise<ProcessResult>
}

export interface InstalledUser {
  /** With `profiles.json` and the store in it; the current folder of all processes. */
  readonly home: string
  readonly env: NodeJS.ProcessEnv
  write(profiles: object | string): void
  /** Starts the command, as npm links it. */
  start(argv: readonly string[], options?: SpawnOptions): RunningCommand
  run(argv: readonly string[], options?: SpawnOptions): Promise<ProcessResult>
  /** The names of the files in the store. */
  listStored(): string[]
  /** The one token that is stored. */
  readStored(): { readonly accessToken: string; readonly refreshToken?: string }
  /** As if the time of every stored token were over. */
  expireStored(): void
  /** A line of a shell at a terminal, whose keys are those that a test types. */
  startInTerminal(line: string): RunningCommand
  /** A line of a shell that has the command in its path. */
  shell(line: string, env?: Record<string, string>): Promise<ProcessResult>
}

/** A user who has installed the package in the folder of a consumer: real processes, until the test ends. */
export function createInstalledUser(consumer: string, variables: Record<string, string> = {}): InstalledUser {
  const home = mkdtempSync(join(tmpdir(), 'tokenwell-user-'))
  onTestFinished(() => rmSync(home, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 }))
  const bin = join(home, 'bin')
  mkdirSync(bin)
  // As `npm install` links it.
  symlinkSync(join(consumer, 'node_modules/tokenwell/dist/cli.js'), join(bin, 'tokenwell'))
  const PATH = [bin, dirname(process.execPath), process.env['PATH']].join(delimiter)
  const env = childEnvironment({ HOME: home, XDG_STATE_HOME: join(home, 'state'), PATH, ...variables })
  const folder = join(home, '.config/tokenwell')
  mkdirSync(folder, { recursive: true })
  const store = join(home, 'state/tokenwell')
  const listStored = (): string[] => readdirSync(store)
  const listRecords = () => listStored().flatMap((name) => (name.endsWith('.json') ? [join(store, name)] : []))
  const start = (argv: readonly string[], options: SpawnOptions = {}) => startProcess('tokenwell', argv, { cwd: home, env, ...options })
  return {
    home,
    env,
    write: (value) =>
      writeFileSync(join(folder, 'profiles.json'), typeof value === 'string' ? value : JSON.stringify({ profiles: value }, null, 2)),
    listStored,
    readStored: () => JSON.parse(readFileSync(listRecords()[0] ?? '', 'utf8')).token,
    expireStored() {
      const expiresAt = Date.now() - 1
      for (const path of listRecords()) {
        const record = JSON.parse(readFileSync(path, 'utf8'))
        writeFileSync(path, JSON.stringify({ ...record, token: { ...record.token, expiresAt } }), { mode: 0o600 })
      }
    },
    start,
    run: (argv, options) => start(argv, options).ended,
    startInTerminal: (line) =>
      startProcess('script', ['--quiet', '--return', '--command', line, '/dev/null'], { cwd: home, env, stdio: 'pipe' }),
    shell: (line, more = {}) => startProcess('bash', ['-c', line], { cwd: home, env: { ...env, ...more } }).ended,
  }
}

function startProcess(command: string, argv: readonly string[], options: SpawnOptions): RunningCommand {
  const child = spawn(command, argv, { stdio: ['ignore', 'pipe', 'pipe'], ...options })
  onTestFinished(() => void child.kill('SIGKILL'))
  const output = { stdout: '', stderr: '' }
  for (const name of ['stdout', 'stderr'] as const) {
    child[name]?.setEncoding('utf8').on('data', (chunk: string) => {
      output[name] += chunk
    })
  }
  const ended = new Promise<ProcessResult>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (status) => resolve({ status, ...output }))
  })
  return { child, output, ended }
}
