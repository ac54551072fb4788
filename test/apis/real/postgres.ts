import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chownSync, existsSync, readdirSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { freePort } from './server-process.ts'

export interface RunningDatabase {
  readonly address: string
  stop(): Promise<void>
}

/** Where Debian and others keep Postgres' own programs; undefined where it is not installed. */
export function findPostgres(): string | undefined {
  const debian = '/usr/lib/postgresql'
  const versions = existsSync(debian) ? readdirSync(debian).toSorted((a, b) => Number(b) - Number(a)) : []
  const folders = [...versions.map((version) => join(debian, version, 'bin')), ...(process.env['PATH'] ?? '').split(delimiter)]
  return folders.find((folder) => existsSync(join(folder, 'initdb')) && existsSync(join(folder, 'postgres')))
}

/** An empty database of its own, in a temporary folder. */
export async function startPostgres(programs: string): Promise<RunningDatabase> {
  const folder = await mkdtemp(join(tmpdir(), 'tokenwell-postgres-'))
  const user = notRoot()
  if (user) chownSync(folder, user.uid, user.gid)
  const data = join(folder, 'data')
  const how = { cwd: folder, env: { PATH: process.env['PATH'], LC_ALL: 'C' }, ...user }
  execFileSync(join(programs, 'initdb'), ['-D', data, '-A', 'trust', '-U', 'tests', '--no-sync'], { ...how, stdio: 'ignore' })
  const port = await freePort()
  const child = spawn(
    join(programs, 'postgres'),
    ['-D', data, '-p', String(port), '-k', folder, '-c', 'listen_addresses=127.0.0.1', '-c', 'fsync=off'],
    { ...how, stdio: ['ignore', 'ignore', 'pipe'] },
  )
  let output = ''
  child.stderr?.on('data', (chunk) => (output += chunk))
  const until = Date.now() + 30_000
  while (!output.includes('ready to accept connections') && child.exitCode === null && Date.now() < until) await sleep(100)
  const stop = async () => {
    if (child.exitCode === null) {
      const ended = once(child, 'exit')
      child.kill('SIGINT')
      await ended
    }
    await rm(folder, { recursive: true, force: true })
  }
  if (output.includes('ready to accept connections')) return { address: `postgres://tests@127.0.0.1:${port}/postgres`, stop }
  await stop()
  throw new Error(`Postgres did not start:\n${output.slice(-2000)}`)
}

/** Postgres refuses to run as root. */
function notRoot(): { uid: number; gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined
  const idOf = (flag: string) => Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' }))
  return { uid: idOf('-u'), gid: idOf('-g') }
}
