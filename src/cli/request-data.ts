import { openAsBlob } from 'node:fs'
import { stat } from 'node:fs/promises'
import type { Readable } from 'node:stream'
import { codeOf, UsageError } from './failure.ts'

/**
 * The body of a request: text, `@FILE`, or `@-` for standard input. All of them can be sent again where the token is rejected: a
 * file is read anew, and standard input is kept.
 * @throws UsageError where the file cannot be read
 */
export async function readData(given: string, stdin: Readable): Promise<string | Blob> {
  if (!given.startsWith('@')) return given
  if (given === '@-') return readAll(stdin)
  const path = given.slice(1)
  try {
    const isFile = (await stat(path)).isFile()
    if (isFile) return await openAsBlob(path)
  } catch (error) {
    throw new UsageError(`${path} cannot be read (${codeOf(error)}).`)
  }
  throw new UsageError(`${path} is not a file.`)
}

async function readAll(stream: Readable): Promise<Blob> {
  const chunks: Uint8Array<ArrayBuffer>[] = []
  for await (const chunk of stream) chunks.push(typeof chunk === 'string' ? new TextEncoder().encode(chunk) : chunk)
  return new Blob(chunks)
}
