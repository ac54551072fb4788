import { deadline, tooLate } from '../base/time.ts'

// A request's body that is still being read when the API answers may be a stream that waits for that answer.
const patienceMs = 1_000

/** A body that can be sent twice, and the same both times: later changes by the caller have no effect. */
export interface ReplayableBody {
  readonly body: BodyInit | null | undefined
}

/**
 * Takes a body as the platform would at this moment, for sending it now and once more. `undefined` for what can be
 * read only once (a stream, an iterator): it is never copied.
 */
export function snapshotBody(body: unknown): ReplayableBody | undefined {
  if (body instanceof URLSearchParams) return { body: new URLSearchParams(body) }
  if (body instanceof FormData) return { body: copyFormData(body) }
  if (body instanceof ArrayBuffer) return { body: body.slice(0) }
  if (ArrayBuffer.isView(body)) return { body: new Uint8Array(new Uint8Array(body.buffer, body.byteOffset, body.byteLength)) }
  if (body instanceof Blob || typeof body !== 'object' || body === null) return { body: body as BodyInit | null | undefined }
  return undefined
}

function copyFormData(form: FormData): FormData {
  const copy = new FormData()
  for (const [name, value] of form) copy.append(name, value)
  return copy
}

/** The body of a `Request`, kept while it is sent. */
export class RequestBodyCopy {
  readonly #copy: Promise<ReplayableBody | undefined>
  #reader: ReadableStreamDefaultReader<Uint8Array> | undefined

  /** Clones the request, which must not have been sent yet, and reads along up to `maxBytes`. */
  constructor(request: Request, maxBytes: number) {
    if (request.bodyUsed) throw new TypeError('The body of the request has already been used.')
    const clone = request.clone()
    this.#reader = clone.body?.getReader()
    // Firefox has no `Request.body`: there the size cannot be counted.
    this.#copy = this.#reader ? this.#read(this.#reader, maxBytes) : clone.blob().then((body) => ({ body }))
    this.#copy.catch(() => {})
  }

  /** The whole body, or `undefined` where it was too large, or did not end in time. */
  async take(): Promise<ReplayableBody | undefined> {
    const copy = await deadline(this.#copy, patienceMs, { isForeground: true }).catch(() => undefined)
    this.drop()
    return copy === tooLate ? undefined : copy
  }

  /** Stops reading along. */
  drop(): void {
    this.#reader?.cancel().catch(() => {})
    this.#reader = undefined
  }

  async #read(reader: ReadableStreamDefaultReader<Uint8Array>, maxBytes: number): Promise<ReplayableBody | undefined> {
    const chunks: BlobPart[] = []
    for (let size = 0; ; ) {
      const { done, value } = await reader.read()
      if (done) return { body: new Blob(chunks) }
      size += value.byteLength
      if (size > maxBytes) {
        this.drop()
        return undefined
      }
      chunks.push(value as Uint8Array<ArrayBuffer>)
    }
  }
}
