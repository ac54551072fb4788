import { readlink, realpath, stat } from 'node:fs/promises'
import { dirname, resolve, sep } from 'node:path'
import { codeOf, UsageError } from './failure.ts'

/** Where a body is written. */
export interface OutputFile {
  /** As it was given. */
  readonly path: string
  /** Where it leads, by symbolic links. */
  readonly target: string
  /** Who may do what with the file that is there. */
  readonly mode?: number
  /** Whether a new file takes its place; else it is a device or a pipe. */
  readonly isReplaced: boolean
}

/** Checks where a body can be written: before anything is sent. @throws UsageError for a folder, and where there is none for it */
export async function findOutput(path: string): Promise<OutputFile> {
  const target = await realpath(path).catch(() => followLink(path))
  const stats = await statOf(target)
  if (stats?.isDirectory() || path.endsWith('/') || path.endsWith(sep)) throw new UsageError(`${path} is a folder: name a file in it.`)
  await stat(dirname(target)).catch((error) => {
    throw new UsageError(`${path} cannot be written (${codeOf(error)}).`)
  })
  const isFile = stats?.isFile() === true
  return { path, target, ...(isFile && { mode: stats.mode & 0o777 }), isReplaced: stats === undefined || isFile }
}

const statOf = (path: string) => stat(path).catch(() => undefined)

/** A link may lead to what is not there yet. */
async function followLink(path: string): Promise<string> {
  return readlink(path).then(
    (link) => resolve(dirname(path), link),
    () => path,
  )
}
