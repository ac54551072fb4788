// Without end they would keep every timer from firing.
const mostEmpty = 1_000

export interface ReadOptions {
  /** Asked as the text comes in: whether the rest is of interest. Without it the body counts as too long. */
  isWanted?: (text: string) => boolean
  /** Ends the reading of a web stream. */
  signal?: AbortSignal
}

/**
 * A response's body as text, or `undefined` when it is longer than `maxBytes` once decoded: a few compressed bytes can
 * unpack to gigabytes. Reads web streams and Node's streams (node-fetch). A response without any stream (React Native) is
 * read as a whole, and measured afterwards. Rejects with the platform's own error.
 */
export async function readBody(response: Response, maxBytes: number, { isWanted, signal }: ReadOptions = {}): Promise<string | undefined> {
  const body = response.body as (ReadableStream<Uint8Array> & Partial<AsyncIterable<Uint8Array>>) | null | undefined
  const stream = body?.getReader ? chunksOf(body, signal) : body?.[Symbol.asyncIterator] && (body as AsyncIterable<Uint8Array>)
  const chunks = stream ?? [new TextEncoder().encode(await response.text())]
  const decoder = new TextDecoder()
  let text = ''
  let size = 0
  let empty = 0
  for await (const chunk of chunks) {
    size += chunk.byteLength
    // Leaving the loop cancels the stream.
    if (size > maxBytes || (!chunk.byteLength && ++empty > mostEmpty)) return undefined
    text += decoder.decode(chunk, { stream: true })
    if (isWanted?.(text) === false) return undefined
  }
  return text + decoder.decode()
}

// Web streams have no async iterator in Safari and older browsers.
async function* chunksOf(stream: ReadableStream<Uint8Array>, signal: AbortSignal | undefined): AsyncGenerator<Uint8Array> {
  const reader = stream.getReader()
  // Ends a read that waits, too.
  signal?.addEventListener('abort', () => reader.cancel().catch(() => {}))
  try {
    for (;;) {
      const { done, value } = await reader.read()
      if (done) return
      yield value
    }
  } finally {
    void reader.cancel().catch(() => {})
  }
}
