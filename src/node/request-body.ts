import type { IncomingMessage, ServerResponse } from 'node:http'

/** A request's body as a web stream. */
export interface RequestBody {
  /** Whether the request announces one. */
  readonly isPresent: boolean
  /** Whether somebody has read from it already, or had it decoded: what is left is not the body that was sent. */
  readonly isTouched: boolean
  /** Reads from the connection only when it is read from. */
  readonly stream: ReadableStream<Uint8Array>
  /** Ends the stream, and gets the rest of the body off the connection; closes that where the rest is long. */
  discardRest(outgoing: ServerResponse): void
}

/** What is left of a body that nobody read is thrown away up to here, so that the connection can be used again. */
const discardLimit = 1_048_576

/** Makes the {@link RequestBody} of a request. */
export function createRequestBody(incoming: IncomingMessage): RequestBody {
  let discarded = false
  // Not Readable.toWeb: that one keeps hold of the connection, and an unread rest would block the next request on it.
  const stream = new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const chunk = await readChunk(incoming, () => discarded)
        if (chunk) controller.enqueue(chunk)
        else if (incoming.readableEnded) controller.close()
        else controller.error(new TypeError('The request body is not complete'))
      },
    },
    { highWaterMark: 0 },
  )

  return {
    isPresent: incoming.headers['content-length'] !== undefined || incoming.headers['transfer-encoding'] !== undefined,
    // An empty one is whole, whoever has looked at it.
    isTouched: incoming.headers['content-length'] !== '0' && (incoming.readableDidRead || typeof incoming.readableEncoding === 'string'),
    stream,
    discardRest(outgoing) {
      discarded = true
      if (incoming.readableEnded || incoming.destroyed) return
      let left = discardLimit
      incoming.on('data', (chunk: Uint8Array) => {
        left -= chunk.length
        if (left >= 0) return
        incoming.pause()
        // Not before the response is out: the client would never see it.
        if (outgoing.writableFinished) incoming.destroy()
        else outgoing.once('finish', () => incoming.destroy())
      })
      incoming.resume()
    },
  }
}

/** The next chunk, or `undefined` at the end, after an error, and when the rest is not wanted. */
function readChunk(incoming: IncomingMessage, isDiscarded: () => boolean): Promise<Uint8Array | undefined> {
  return new Promise((resolve) => {
    const attempt = (): void => {
      const over = incoming.readableEnded || incoming.destroyed || isDiscarded()
      const chunk: Uint8Array | null = over ? null : incoming.read()
      if (!over && !chunk) return
      incoming.off('readable', attempt).off('end', attempt).off('close', attempt)
      resolve(chunk ?? undefined)
    }
    incoming.on('readable', attempt).on('end', attempt).on('close', attempt)
    attempt()
  })
}
