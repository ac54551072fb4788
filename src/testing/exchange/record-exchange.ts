import { check, must, numberFrom, readFields } from '../../base/check.ts'
import { cleanCause, nameAndCode } from '../../base/redact.ts'
import { collectFromHeader, collectFromText } from './collect-secrets.ts'
import { type BodyText, followReply, readSentBody } from './read-body.ts'
import { type RecordedExchange, type RecordedMessage, writeReport } from './report.ts'
import { SecretRegister } from './secret-register.ts'

/** Options of `recordExchange()`. */
export interface RecordExchangeOptions {
  /** So many characters of each body are kept. @default 4000 */
  bodyLimit?: number
  /** So many exchanges are kept; the oldest one goes first. @default 100 */
  keep?: number
  /** What else is to be masked, such as the name of a user or a host. */
  secrets?: Iterable<string>
}

/** A `fetch` that records what it sends and gets, with secrets masked. */
export interface ExchangeRecorder {
  /** For the option `fetch` of a manager, or for calls of your own. Answers and throws as the wrapped one does. */
  readonly fetch: typeof globalThis.fetch
  /** What was sent and answered so far, as plain data that is yours. */
  exchanges(): RecordedExchange[]
  /** The same as text, for a bug report. */
  toString(): string
}

interface RawMessage {
  readonly headers: readonly (readonly [string, string])[]
  body?: BodyText | undefined
}

interface RawExchange {
  readonly method: string
  readonly url: string
  readonly request: RawMessage
  reply?: RawMessage & { readonly status: number }
  failure?: string
}

/**
 * Wraps a `fetch`, and keeps what goes through it with every secret masked: passwords, tokens, cookies, signatures, and
 * whatever repeats them, before or after. Each secret is shown as a number, so that it can be followed. Masking goes by names and
 * looks: read the report before you publish it, and name in `secrets` what it cannot know.
 *
 * The caller's requests and replies are left as they are. Streams, images and other binary bodies are not read.
 *
 * @param fetch The one to wrap. Default: the platform's.
 * @throws ConfigurationError naming the option that is wrong or unknown
 */
export function recordExchange(fetch?: typeof globalThis.fetch, options: RecordExchangeOptions = {}): ExchangeRecorder {
  check('fetch', fetch === undefined || typeof fetch === 'function', 'must be a function: options are the second argument')
  const {
    bodyLimit = 4000,
    keep = 100,
    secrets = [],
  } = readFields<RecordExchangeOptions>('options', options, {
    bodyLimit: numberFrom(0),
    keep: numberFrom(0),
    secrets: must('a list of strings', (value) => typeof value === 'object' && value !== null && Symbol.iterator in value),
  })
  const register = new SecretRegister()
  const add = (secret: string): void => register.add(secret)
  for (const secret of secrets) add(secret)
  const kept: RawExchange[] = []

  const recorded: typeof globalThis.fetch = async (input, init) => {
    const raw = begin(input, init)
    kept.push(raw)
    // What is dropped may be repeated later.
    if (kept.length > keep) collect(kept.shift() ?? raw, add)
    try {
      raw.request.body = await readSentBody(input, init, bodyLimit)
    } catch {
      raw.request.body = { text: '(cannot be read)', isCut: false }
    }
    try {
      const response = await (fetch ?? globalThis.fetch)(input, init)
      raw.reply = { status: response.status, headers: [...response.headers], body: followReply(response, bodyLimit) }
      return response
    } catch (error) {
      raw.failure = nameAndCode(cleanCause(error))
      throw error
    }
  }

  const exchanges = (): RecordedExchange[] => {
    for (const raw of kept) collect(raw, add)
    const mask = register.createMask()
    return kept.map((raw) => maskExchange(raw, mask))
  }
  return { fetch: recorded, exchanges, toString: () => writeReport(exchanges()) }
}

function begin(input: Parameters<typeof globalThis.fetch>[0], init: RequestInit | undefined): RawExchange {
  const request = input instanceof Request ? input : undefined
  const headers = new Headers(init?.headers ?? request?.headers)
  return {
    method: (init?.method ?? request?.method ?? 'GET').toUpperCase(),
    url: request?.url ?? String(input),
    request: { headers: [...headers] },
  }
}

function collect({ url, request, reply }: RawExchange, add: (secret: string) => void): void {
  collectFromText(url, { isReply: false }, add)
  for (const message of [request, reply]) {
    const place = { isReply: message === reply }
    for (const [name, value] of message?.headers ?? []) collectFromHeader(name, value, place, add)
    collectFromText(message?.body?.text ?? '', place, add)
  }
}

type Mask = (text: string, isCut?: boolean) => string

function maskExchange({ method, url, request, reply, failure }: RawExchange, mask: Mask): RecordedExchange {
  return {
    request: { method: mask(method), url: mask(url), ...maskMessage(request, mask) },
    ...(reply && { reply: { status: reply.status, ...maskMessage(reply, mask) } }),
    ...(failure !== undefined && { failure: mask(failure) }),
  }
}

function maskMessage({ headers, body }: RawMessage, mask: Mask): RecordedMessage {
  const masked: Record<string, string> = {}
  for (const [name, value] of headers) {
    const key = mask(name)
    masked[key] = key in masked ? `${masked[key]}, ${mask(value)}` : mask(value)
  }
  return { headers: masked, ...(body?.text && { body: body.isCut ? `${mask(body.text, true)}…` : mask(body.text) }) }
}
