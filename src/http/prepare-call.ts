import { abortable } from '../base/abortable.ts'
import { check } from '../base/check.ts'
import { cancelBody } from './abort-call.ts'
import type { Call } from './read-call.ts'
import { readField } from './read-request.ts'
import { RequestBodyCopy } from './replay-body.ts'

export interface PrepareOptions {
  readonly maxReplayBytes: number
  /** Time for a body that has to be there as a whole, ms. */
  readonly timeoutMs: number
}

/**
 * A call by the body of a `Request`, in a form that is sent by its URL. A body that is short and there soon goes as bytes,
 * since servers like to know its length. Any other goes as the stream that it is, unless a function has to sign it.
 * @throws ConfigurationError for a body that a function cannot sign; the reason of the caller's signal
 */
export async function prepareCall(call: Call, isSigned: boolean, { maxReplayBytes, timeoutMs }: PrepareOptions): Promise<Call> {
  const { init, signal } = call
  const source = call.source as NonNullable<Call['source']>
  const copy = new RequestBodyCopy(source.request, maxReplayBytes)
  const stream = readField(source, 'body')
  // Firefox shows none.
  const mustBeWhole = isSigned || !stream
  const whole = await abortable(copy.take(null, mustBeWhole ? timeoutMs : undefined), signal).catch((error: unknown) => {
    copy.drop()
    cancelBody(call)
    throw error
  })
  if (!whole && !mustBeWhole) {
    init.body = stream
    init.duplex = 'half'
    return { ...call, body: stream, isReplayable: false, sendsRequestBody: false }
  }
  // What is left of the request is of no use any more.
  cancelBody(call)
  check('fetch', whole !== undefined, 'was given a Request whose body is longer than maxReplayBytes, or did not come as a whole: this provider needs it first') // biome-ignore format: one line
  const body = isSigned ? await readSignable(call, whole.body as Blob) : (whole.body as Blob)
  init.body = body
  return { ...call, body, isReplayable: true, sendsRequestBody: false }
}

/** A body that is text by its content type, as a string: functions sign strings. Any other body, as bytes. */
async function readSignable({ headers }: Call, body: Blob): Promise<BodyInit> {
  const bytes = await body.arrayBuffer()
  const type = new Headers(headers).get('content-type') ?? ''
  if (!/^(text\/|application\/(json|x-www-form-urlencoded)\b)|\+json\b/i.test(type)) return bytes
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    return bytes
  }
}
