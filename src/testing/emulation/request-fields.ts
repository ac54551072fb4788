/** The body of a request as a server reads it that takes forms, multipart and JSON. */
export interface RequestFields {
  readonly encoding: 'form' | 'multipart' | 'json' | 'other' | 'none'
  /** The header, as it was sent. */
  readonly contentType: string
  /** The fields; of JSON, whatever it is. `undefined` where the body is not what the header says. */
  readonly value: unknown
}

/** Reads a body by its `Content-Type`. */
export async function readFields(request: Request): Promise<RequestFields> {
  const contentType = request.headers.get('content-type') ?? ''
  const type = contentType.split(';')[0]?.trim().toLowerCase()
  const bytes = await request.arrayBuffer()
  const text = new TextDecoder().decode(bytes)
  if (!text) return { encoding: 'none', contentType, value: {} }
  if (type === 'application/json') return { encoding: 'json', contentType, value: parseJson(text) }
  if (type === 'application/x-www-form-urlencoded') {
    return { encoding: 'form', contentType, value: Object.fromEntries(new URLSearchParams(text)) }
  }
  if (type === 'multipart/form-data') return { encoding: 'multipart', contentType, value: await readMultipart(bytes, contentType) }
  return { encoding: 'other', contentType, value: {} }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

async function readMultipart(bytes: ArrayBuffer, contentType: string): Promise<unknown> {
  try {
    return Object.fromEntries(await new Response(bytes, { headers: { 'content-type': contentType } }).formData())
  } catch {
    return undefined
  }
}
