import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'

export const installed = resolve(import.meta.dirname, '../../../tools/apis-real')
const modules = join(installed, 'node_modules')
/** Not every server takes the newest Node. */
const nodePath = join(modules, 'node22/bin/node')

/** For what comes with a server, such as the hash that it keeps of a password. */
export const requireInstalled = createRequire(join(installed, 'package.json'))
export const versionOf = (name: string): string => requireInstalled(join(modules, name, 'package.json')).version

export interface ServerProcess {
  readonly url: string
  readonly port: number
  readonly folder: string
  stop(): Promise<void>
  /** Stops it, and starts it again at the same address. */
  restart(): Promise<void>
}

export interface ServerCommand {
  /** Path in node_modules, or in tools/apis-real. */
  readonly script: string
  readonly args?: (at: Place) => readonly string[]
  readonly env?: (at: Place) => Readonly<Record<string, string>>
  /** Writes its settings. */
  readonly prepare?: (at: Place) => Promise<void> | void
  /** Answers with whatever status when it is ready. */
  readonly readyPath: string
}

export interface Place {
  readonly port: number
  readonly folder: string
  readonly url: string
}

export async function startServer(command: ServerCommand): Promise<ServerProcess> {
  const port = await freePort()
  const folder = await mkdtemp(join(tmpdir(), 'tokenwell-real-'))
  const at = { port, folder, url: `http://127.0.0.1:${port}` }
  await command.prepare?.(at)
  let child = await run(command, at)
  const stop = () => end(child)
  return {
    ...at,
    stop: async () => {
      await stop()
      await rm(folder, { recursive: true, force: true })
    },
    restart: async () => {
      await stop()
      child = await run(command, at)
    },
  }
}

/** Runs a command of a server to its end, such as the one that fills its database. */
export async function runOnce({
  script,
  args,
  env,
  folder,
}: {
  script: string
  args: string[]
  env: Record<string, string>
  folder: string
}) {
  const child = spawn(nodePath, [join(installed, script), ...args], {
    cwd: folder,
    env: { PATH: process.env['PATH'], HOME: folder, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: startLimitMs,
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += chunk))
  const [code] = await once(child, 'exit')
  if (code !== 0) throw new Error(`${script} ${args.join(' ')} failed:\n${output.slice(-3000)}`)
}

const startLimitMs = 90_000

async function run({ script, args, env, readyPath }: ServerCommand, at: Place): Promise<ChildProcess> {
  const child = spawn(nodePath, [join(installed, script), ...(args?.(at) ?? [])], {
    cwd: at.folder,
    // Without what the tests set for their own processes.
    env: { PATH: process.env['PATH'], HOME: at.folder, ...env?.(at) },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += chunk))
  const until = Date.now() + startLimitMs
  while (Date.now() < until && child.exitCode === null) {
    const isUp = await fetch(at.url + readyPath, { signal: AbortSignal.timeout(5_000) }).then(
      (response) => response.status !== 503 && response.status !== 404,
      () => false,
    )
    if (isUp) return child
    await new Promise((resolve) => setTimeout(resolve, 300))
  }
  await end(child)
  throw new Error(`${script} did not start:\n${output.slice(-3000)}`)
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = once(child, 'exit')
  child.kill('SIGTERM')
  const force = setTimeout(() => child.kill('SIGKILL'), 3_000)
  await ended
  clearTimeout(force)
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}
