/** The beginning of a body as text. It grows while a reply arrives. */
export interface BodyText {
  text: string
  /** Whether more follows, or may follow. */
  isCut: boolean
}

const note = (text: string): BodyText => ({ text: `(${text})`, isCut: false })

/** What is sent, without using it up: a stream is not looked at. */
export async function readSentBody(input: unknown, init: RequestInit | undefined, limit: number): Promise<BodyText | undefined> {
  const body = init?.body
  if (body === undefined || body === null) {
    if (!(input instanceof Request) || !input.body || input.bodyUsed) return undefined
    const read: BodyText = { text: '', isCut: true }
    await follow(input.clone().body, read, limit)
    return read
  }
  if (body instanceof ReadableStream) return note('a stream, not recorded')
  if (body instanceof Blob) return cut(await body.slice(0, limit * 4).text(), limit, body.size > limit * 4)
  if (body instanceof FormData) {
    const fields = [...body].map(([name, value]) => [name, typeof value === 'string' ? value : '(a file)'])
    return cut(new URLSearchParams(fields).toString(), limit)
  }
  const isBinary = body instanceof ArrayBuffer || ArrayBuffer.isView(body)
  return cut(isBinary ? new TextDecoder().decode(body) : String(body), limit)
}

/** Begins to read a copy of a reply's body. Nobody waits for it. A body that is no text, or has no end, is not read. */
export function followReply(response: Response, limit: number): BodyText {
  const type = response.headers.get('content-type') ?? ''
  if (!response.body) return { text: '', isCut: false }
  if (type && !/json|xml|form|javascript|graphql|^text\/(?!event-stream)/i.test(type)) return note(`${type}, not recorded`)
  const read: BodyText = { text: '', isCut: true }
  try {
    void follow(response.clone().body, read, limit)
  } catch {
    return note('cannot be copied')
  }
  return read
}

async function follow(stream: ReadableStream<Uint8Array> | null, read: BodyText, limit: number): Promise<void> {
  if (!stream) return
  const reader = stream.getReader()
  const decoder = new TextDecoder()
  try {
    while (read.text.length <= limit) {
      const { done, value } = await reader.read()
      read.text += decoder.decode(value, { stream: !done })
      if (done) read.isCut = false
      if (done) break
    }
  } catch {
    // The connection broke off: the caller's own copy says so.
  }
  Object.assign(read, cut(read.text, limit, read.isCut))
  // The caller's copy goes on.
  reader.cancel().catch(() => undefined)
}

function cut(text: string, limit: number, isCut = false): BodyText {
  const controls = text.match(/\ufffd|(?!\s)\p{Cc}/gu)?.length ?? 0
  if (controls > text.length / 20) return note('binary, not recorded')
  return { text: text.slice(0, limit), isCut: isCut || text.length > limit }
}
