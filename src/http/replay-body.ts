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
  if (typeof body !== 'object' || body === null || body instanceof Blob) return { body: body as BodyInit | null | undefined }
  if (body instanceof URLSearchParams) return { body: new URLSearchParams(body) }
  // React Native's is plain data, and cannot be iterated.
  if (body instanceof FormData) return { body: Symbol.iterator in body ? copyFormData(body) : body }
  if (ArrayBuffer.isView(body)) return { body: new Uint8Array(new Uint8Array(body.buffer, body.byteOffset, body.byteLength)) }
  try {
    // Throws for everything else; knows an ArrayBuffer of another realm, too.
    return { body: ArrayBuffer.prototype.slice.call(body as ArrayBuffer, 0) }
  } catch {
    return undefined
  }
}

function copyFormData(form: FormData): FormData {
  const copy = new FormData()
  for (const [name, value] of form) copy.append(name, value)
  return copy
}

/** The body of a `Request`, kept while it is sent. */
export class RequestBodyCopy {
  // Of chunks a Blob is made when it is wanted: most calls are not sent again, and a Blob costs as much as the call.
  readonly #copy: Promise<BlobPart[] | Blob | undefined>
  #reader: ReadableStreamDefaultReader<Uint8Array> | undefined
  #isDropped = false

  /** Clones the request, which must not have been sent yet, and reads along up to `maxBytes`. */
  constructor(request: Request, maxBytes: number) {
    const clone = cloneUnused(request)
    // Firefox has no `Request.body`, and that of node-fetch is no web stream: there the size cannot be counted.
    this.#reader = clone.body?.getReader?.()
    this.#copy = this.#reader ? this.#read(this.#reader, maxBytes) : clone.blob()
    this.#copy.catch(() => {})
  }

  /** The whole body, or `undefined` where it was too large, did not end in time, or the signal aborts. */
  async take(signal?: AbortSignal | null, withinMs = patienceMs): Promise<ReplayableBody | undefined> {
    const drop = () => this.drop()
    signal?.addEventListener('abort', drop)
    const copy = await deadline(this.#copy, withinMs, { isForeground: true }).catch(() => undefined)
    signal?.removeEventListener('abort', drop)
    this.drop()
    if (copy === tooLate || copy === undefined) return undefined
    return { body: copy instanceof Blob ? copy : new Blob(copy) }
  }

  /** Stops reading along. */
  drop(): void {
    this.#isDropped = true
    this.#reader?.cancel().catch(() => {})
    this.#reader = undefined
  }

  async #read(reader: ReadableStreamDefaultReader<Uint8Array>, maxBytes: number): Promise<BlobPart[] | undefined> {
    const chunks: BlobPart[] = []
    for (let size = 0; ; ) {
      const { done, value } = await reader.read()
      if (done) {
        this.#reader = undefined
        return this.#isDropped ? undefined : chunks
      }
      size += value.byteLength
      if (size > maxBytes) {
        this.drop()
        return undefined
      }
      // Not those of the request: a clone has copies (Fetch, «clone a body»).
      chunks.push(value as Uint8Array<ArrayBuffer>)
    }
  }
}

/** @throws TypeError where the body has been read, or is being read by somebody; the platform's own may show what is in the request */
function cloneUnused(request: Request): Request {
  try {
    return request.clone()
  } catch {
    throw new TypeError('The body of the request has already been used.')
  }
}
