import { type FileHandle, open, rename, rm, stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { randomId } from '../base/random-id.ts'
import { CommandError, codeOf, UsageError } from './failure.ts'
import { Progress } from './progress.ts'
import type { Terminal } from './terminal.ts'

export interface BodyContext {
  readonly terminal: Terminal
  /** Aborted when the user interrupts. */
  readonly signal: AbortSignal
}

/** Writes a body to standard output as it comes. @throws CommandError for bytes that would garble a terminal */
export async function showBody(response: Response, { terminal }: BodyContext): Promise<void> {
  const progress = new Progress(response, terminal.isTerminal ? undefined : terminal)
  try {
    for await (const chunk of readChunks(response)) {
      if (terminal.isTerminal && chunk.includes(0)) throw new CommandError('The body is not text: write it into a file by --output FILE.')
      await terminal.write(chunk)
      await progress.add(chunk.length)
    }
  } finally {
    await progress.end()
  }
}

/**
 * Writes a body into a file, which is there when the body is there as a whole: what is cut off leaves the file as it was.
 * @throws UsageError where there is no such folder; CommandError where the disk is full
 */
export async function saveBody(response: Response, path: string, { terminal }: BodyContext): Promise<void> {
  const isRegular = await stat(path).then(
    (stats) => stats.isFile(),
    () => true,
  )
  // A device or a pipe cannot be replaced.
  const temporary = isRegular ? join(dirname(path), `.${basename(path)}.${randomId()}`) : path
  const file = await open(temporary, isRegular ? 'wx' : 'w').catch((error) => {
    throw new UsageError(`${path} cannot be written (${codeOf(error)}).`)
  })
  try {
    await copyBody(response, { file, path, terminal })
    await file.close()
    if (isRegular) await rename(temporary, path)
  } catch (error) {
    await file.close().catch(() => {})
    if (isRegular) await rm(temporary, { force: true })
    throw error
  }
}

interface Copy {
  readonly file: FileHandle
  readonly path: string
  readonly terminal: Terminal
}

async function copyBody(response: Response, { file, path, terminal }: Copy): Promise<void> {
  const progress = new Progress(response, terminal)
  try {
    for await (const chunk of readChunks(response)) {
      await file.writeFile(chunk).catch((error) => {
        const code = codeOf(error)
        throw new CommandError(`${path} cannot be written${code === 'ENOSPC' ? ': the disk is full' : ''} (${code}).`)
      })
      await progress.add(chunk.length)
    }
  } finally {
    await progress.end()
  }
}

/** @throws CommandError where the body is cut off */
async function* readChunks(response: Response): AsyncGenerator<Uint8Array> {
  const reader = response.body?.getReader()
  if (!reader) return
  try {
    for (;;) {
      const { done, value } = await reader.read().catch((error) => {
        throw new CommandError(`The body of the response was cut off (${codeOf(error)}).`)
      })
      if (done) return
      yield value
    }
  } finally {
    await reader.cancel().catch(() => {})
  }
}
