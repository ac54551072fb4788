/**
 * A response's body as text, or `undefined` when it is longer than `maxBytes` once decoded: a few compressed bytes can
 * unpack to gigabytes. Reads web streams, Node's streams (node-fetch), and what has no stream at all (React Native), whose
 * length is known only once it is there. Rejects with what the platform throws.
 */
export async function readBody(response: Response, maxBytes: number): Promise<string | undefined> {
  const body = response.body as (ReadableStream<Uint8Array> & Partial<AsyncIterable<Uint8Array>>) | null | undefined
  const chunks = body?.getReader ? chunksOf(body) : body?.[Symbol.asyncIterator] ? (body as AsyncIterable<Uint8Array>) : wholeOf(response)
  const decoder = new TextDecoder()
  let text = ''
  let size = 0
  for await (const chunk of chunks) {
    size += chunk.byteLength
    // Ends the stream as well.
    if (size > maxBytes) return undefined
    text += decoder.decode(chunk, { stream: true })
  }
  return text + decoder.decode()
}

// Not the iterator of the stream: Safari and older browsers have none.
async function* chunksOf(stream: ReadableStream<Uint8Array>): AsyncGenerator<Uint8Array> {
  const reader = stream.getReader()
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

async function* wholeOf(response: Response): AsyncGenerator<Uint8Array> {
  yield new TextEncoder().encode(await response.text())
}
