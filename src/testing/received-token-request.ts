/** A token request as a server reads it. */
export interface ReceivedTokenRequest {
  /** What the `Content-Type` header says; `none` without a body. */
  readonly encoding: 'form' | 'json' | 'other' | 'none'
  readonly body: Readonly<Record<string, string>>
  readonly query: Readonly<Record<string, string>>
  /** The words after `Basic`, as they were sent. */
  readonly basic: string | undefined
}

/** Reads a token request. A body that does not parse counts as one without fields. */
export async function readTokenRequest(request: Request): Promise<ReceivedTokenRequest> {
  const text = await request.text()
  const encoding = readEncoding(request.headers.get('content-type'), text)
  return {
    encoding,
    body: encoding === 'json' ? parseJsonFields(text) : encoding === 'form' ? parseFormFields(text) : {},
    query: Object.fromEntries(new URL(request.url).searchParams),
    basic: /^Basic (.+)$/.exec(request.headers.get('authorization') ?? '')?.[1],
  }
}

const parseFormFields = (text: string): Record<string, string> => Object.fromEntries(new URLSearchParams(text))

function readEncoding(contentType: string | null, text: string): ReceivedTokenRequest['encoding'] {
  if (contentType?.startsWith('application/json')) return 'json'
  if (contentType?.startsWith('application/x-www-form-urlencoded')) return 'form'
  return text ? 'other' : 'none'
}

function parseJsonFields(text: string): Record<string, string> {
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value !== 'object' || value === null) return {}
    return Object.fromEntries(Object.entries(value).map(([name, field]) => [name, String(field)]))
  } catch {
    // Dive's document says «form data» beside `Content-Type: application/json`: some clients send just that.
    return text.includes('=') ? parseFormFields(text) : {}
  }
}
