import type { BigIntStats, Stats } from 'node:fs'
import { chmod, lstat, mkdir, readdir } from 'node:fs/promises'
import { homedir } from 'node:os'
import { isAbsolute, join } from 'node:path'
import { ConfigurationError } from '../../base/errors.ts'
import { storeFailed } from '../store-error.ts'
import { isFileOfOurs } from './names.ts'

const [groupAndOthers, sticky] = [0o077, 0o1000]

/** Where programs of this platform keep state of one user: nothing to back up, and nothing to delete as a cache. */
export function defaultDirectory(platform = process.platform, environment: NodeJS.ProcessEnv = process.env): string {
  if (platform === 'win32') return join(environment['LOCALAPPDATA'] || join(home(), 'AppData', 'Local'), 'tokenwell')
  if (platform === 'darwin') return join(home(), 'Library', 'Application Support', 'tokenwell')
  // XDG Base Directory Specification: "All paths set in these environment variables must be absolute", others are ignored.
  const state = environment['XDG_STATE_HOME']
  return join(state && isAbsolute(state) ? state : join(home(), '.local', 'state'), 'tokenwell')
}

function home(): string {
  try {
    return homedir()
  } catch {
    throw new ConfigurationError('directory', 'this user has no home directory: give the file store a directory.')
  }
}

/** Makes the directory, or narrows the one that is there to 0700. Refuses what is not ours. */
export async function prepareDirectory(directory: string): Promise<void> {
  const created = await mkdir(directory, { recursive: true, mode: 0o700 })
  const stats = await lstat(directory)
  if (stats.isSymbolicLink()) throw storeFailed(`${directory} is a symbolic link: give the file store the directory itself.`)
  if (!stats.isDirectory()) throw storeFailed(`${directory} is not a directory: give the file store another one.`)
  refuseForeignOwner(stats, directory)
  // A umask can have taken our own permissions from a new directory.
  if (created !== undefined) return chmod(directory, 0o700)
  if (process.platform === 'win32' || (stats.mode & groupAndOthers) === 0) return
  await refuseShared(stats, directory)
  await chmod(directory, 0o700)
}

/** Nobody's `/tmp` or home directory is closed to others because it was given to a store by mistake. */
async function refuseShared(stats: Stats, directory: string): Promise<void> {
  const isShared = (stats.mode & sticky) !== 0 || !(await readdir(directory)).every(isFileOfOurs)
  if (isShared) throw storeFailed(`${directory} is open to other users and holds other files: give the file store a directory of its own.`)
}

/** Refuses what another user owns: they could read or replace it. */
export function refuseForeignOwner({ uid }: Stats | BigIntStats, path: string): void {
  // Windows has no such number: there the user's profile is closed to others.
  const own = process.geteuid?.()
  if (own === undefined || Number(uid) === own) return
  throw storeFailed(`${path} belongs to another user (${uid}, and this one is ${own}): give the file store a directory of your own.`)
}
