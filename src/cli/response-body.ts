import { type FileHandle, open, rename, rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { abortable } from '../base/abortable.ts'
import { randomId } from '../base/random-id.ts'
import { CommandError, codeOf, UsageError } from './failure.ts'
import type { OutputFile } from './output-file.ts'
import { escapeControls } from './printable.ts'
import { Progress } from './progress.ts'
import type { Terminal } from './terminal.ts'

export interface BodyContext {
  readonly terminal: Terminal
  /** Aborted when the user interrupts. */
  readonly signal: AbortSignal
}

/** Writes a body to standard output as it comes; at a terminal, nothing that it would obey. @throws CommandError for no text there */
export async function showBody(response: Response, { terminal }: BodyContext): Promise<void> {
  const progress = new Progress(response, terminal.isTerminal ? undefined : terminal)
  const decoder = new TextDecoder()
  try {
    for await (const chunk of readChunks(response)) {
      if (terminal.isTerminal && chunk.includes(0)) throw new CommandError('The body is not text: write it into a file by --output FILE.')
      await terminal.write(terminal.isTerminal ? escapeControls(decoder.decode(chunk, { stream: true })) : chunk)
      await progress.add(chunk.length)
    }
    if (terminal.isTerminal) await terminal.write(escapeControls(decoder.decode()))
  } finally {
    await progress.end()
  }
}

/**
 * Writes a body into a file, which is there when the body is there as a whole: what is cut off leaves the file as it was.
 * @throws UsageError where it cannot be written; CommandError where the disk is full
 */
export async function saveBody(response: Response, { path, target, mode, isReplaced }: OutputFile, context: BodyContext): Promise<void> {
  // A device or a pipe cannot be replaced.
  const temporary = isReplaced ? join(dirname(target), `.${basename(target)}.${randomId()}`) : target
  const cannot = (error: unknown) => new UsageError(`${path} cannot be written (${codeOf(error)}).`)
  const opening = open(temporary, isReplaced ? 'wx' : 'w', mode).catch((error) => {
    throw cannot(error)
  })
  // A pipe opens when somebody reads it.
  const file = await abortable(opening, context.signal)
  try {
    // What the umask took.
    if (mode !== undefined) await file.chmod(mode)
    await copyBody(response, { file, path, terminal: context.terminal })
    await file.close()
    if (isReplaced) {
      await rename(temporary, target).catch((error) => {
        throw cannot(error)
      })
    }
  } catch (error) {
    await file.close().catch(() => {})
    if (isReplaced) await rm(temporary, { force: true })
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
