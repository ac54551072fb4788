import { type ChildProcess, spawn } from 'node:child_process'
import { cpSync, mkdirSync, rmSync } from 'node:fs'
import { request as nodeRequest } from 'node:http'
import { type AddressInfo, createServer } from 'node:net'
import { join, resolve } from 'node:path'
import { text } from 'node:stream/consumers'

const root = resolve(import.meta.dirname, '../..')
/** The folder of which Node, and Next.js, take the examples to be a part. */
export const workspace = join(root, 'tools/frameworks')

/** Where the frameworks are installed. */
export const installed = join(workspace, 'node_modules')
/** Where Deno, Bun and workerd are installed. */
export const runtimes = join(root, 'tools/runtimes/node_modules')

/** Copies an example to where its framework and the built package are found, as in a project of its own. */
export function layOut(name: string): string {
  const folder = join(workspace, 'run', name)
  rmSync(folder, { recursive: true, force: true })
  cpSync(join(root, 'examples/frameworks', name.split('-')[0] as string), folder, { recursive: true })
  return folder
}

/** Puts the package, as it is built, beside the frameworks. */
export function installPackage(): void {
  const folder = join(installed, 'tokenwell')
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  for (const part of ['dist', 'package.json']) cpSync(join(root, part), join(folder, part), { recursive: true })
}

export interface Program {
  /** What it has printed so far. */
  output(): string
  stop(): Promise<void>
}

/** Runs a program in a process group of its own, so that all of it can be ended. */
export function startProgram(folder: string, command: readonly string[], environment: Readonly<Record<string, string>>): Program {
  const [program = '', ...options] = command
  const { PATH = '', HOME = '' } = process.env
  const child: ChildProcess = spawn(program, options, {
    cwd: folder,
    detached: true,
    env: { PATH, HOME, NEXT_TELEMETRY_DISABLED: '1', ...environment },
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk: Buffer) => (output += chunk))
  child.on('error', (error) => (output += error.message))
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()))
  const stop = async (): Promise<void> => {
    try {
      if (child.pid) process.kill(-child.pid, 'SIGKILL')
    } catch {
      // It has ended by itself.
    }
    await ended
  }
  return { output: () => output, stop }
}

/** Runs a program to its end. */
export async function runProgram(folder: string, command: readonly string[], environment: Readonly<Record<string, string>>): Promise<void> {
  const [program = '', ...options] = command
  const { PATH = '', HOME = '' } = process.env
  const child = spawn(program, options, { cwd: folder, env: { PATH, HOME, NEXT_TELEMETRY_DISABLED: '1', ...environment } })
  const [out, err] = [text(child.stdout), text(child.stderr)]
  const code = await new Promise((resolve) => child.once('close', resolve))
  if (code !== 0) throw new Error(`${command.join(' ')} ended with ${code}:\n${await out}${await err}`)
}

/** A port that nobody listens on. */
export async function findPort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, 'localhost', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}

export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly body: string
}

export interface AskOptions {
  readonly method?: string
  /** Any, `Host` and `Origin` too, which no `fetch` lets a program set. */
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
}

/** Sends one request, on a connection of its own. */
export function ask(url: string, { method = 'GET', headers = {}, body }: AskOptions = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const length = body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) }
    const outgoing = nodeRequest(url, { method, headers: { ...length, ...headers }, agent: false }, (response) => {
      text(response).then((answer) => resolve({ status: response.statusCode ?? 0, headers: response.headers, body: answer }), reject)
    })
    outgoing.on('error', reject)
    outgoing.end(body)
  })
}

/** Waits until a program answers. @throws with its output where it does not, within a minute and a half */
export async function untilItAnswers(url: string, program: Program): Promise<void> {
  const giveUpAt = performance.now() + 90_000
  while (performance.now() < giveUpAt) {
    const answered = await ask(url).then(
      () => true,
      () => false,
    )
    if (answered) return
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  throw new Error(`It does not answer:\n${program.output()}`)
}
