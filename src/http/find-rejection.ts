import { readBody } from '../base/read-body.ts'
import { deadline, tooLate } from '../base/time.ts'
import type { Provider } from '../vocabulary/provider.ts'
import { type MatchableReply, matchesReply, type ReplyMatch } from '../vocabulary/reply-match.ts'

const longestBody = 65_536
const longestNodeBody = 16_384

/** Whether a rule names a status of success: only then does anybody look into such responses. */
export function canRejectOk({ isRejection }: Provider): boolean {
  return listRules(isRejection).some((rule) => listStatuses(rule).some((status) => status >= 200 && status < 300))
}

/** The first rule that means a response, which nobody has read; it stays so. Where its body does not come within `withinMs`, rules on it mean nothing. */
export async function findRejection(
  response: Response,
  isRejection: Provider['isRejection'],
  withinMs: number,
): Promise<ReplyMatch | undefined> {
  const { ok, status, headers } = response
  const rules = listRules(isRejection).filter((rule) => !ok || listStatuses(rule).includes(status))
  const readsBody = rules.some(({ path = [] }) => [path].flat().some((one) => !/^(header|cookie):/.test(one)))
  const text = readsBody ? await readStart(response, withinMs) : undefined
  const reply: MatchableReply = { status, headers, text, body: text && parseJson(text) }
  return rules.find((rule) => matchesReply(reply, rule))
}

function listRules(isRejection: Provider['isRejection']): readonly ReplyMatch[] {
  return typeof isRejection === 'function' ? [] : [isRejection ?? []].flat()
}

const listStatuses = ({ status }: ReplyMatch): readonly number[] => [status ?? []].flat()

/**
 * The text of a clone; `undefined` where it is too long, comes too late, or is cut off. Of a success only where it may hold JSON:
 * streams, images and video are nobody's business.
 */
async function readStart(response: Response, withinMs: number): Promise<string | undefined> {
  const { ok, headers } = response
  const type = headers.get('content-type') ?? ''
  const isJson = /[/+]json\s*(;|$)/i.test(type) && !/stream/i.test(type)
  const isText = /^text\/(plain|html)\b/i.test(type)
  if (ok && ((!isJson && !isText) || Number(headers.get('content-length')) > longestBody)) return undefined
  // A clone that is no web stream waits for its original, which nobody reads yet: more than its buffers hold never comes.
  const body = response.body as Partial<ReadableStream> | null
  if (ok && body && !body.getReader && !(Number(headers.get('content-length') ?? Infinity) <= longestNodeBody)) return undefined
  const stop = new AbortController()
  const isWanted = (text: string) => !ok || isJson || /^\s{0,1024}([{[]|$)/.test(text)
  const reading = readBody(response.clone(), longestBody, { isWanted, signal: stop.signal }).catch(() => undefined)
  const text = await deadline(reading, withinMs, { isForeground: true })
  stop.abort()
  return text === tooLate ? undefined : text
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
