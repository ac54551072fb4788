import { readBody } from '../base/read-body.ts'
import { deadline, tooLate } from '../base/time.ts'
import type { Provider } from '../vocabulary/provider.ts'
import { type MatchableReply, matchesReply, type ReplyMatch } from '../vocabulary/reply-match.ts'
import { discardBody } from './follow-redirects.ts'

// A provider that reads the body of a response to judge it must not keep the caller from the response.
const judgeWithinMs = 5_000
const judgeOkWithinMs = 1_000
const longestBody = 65_536
const longestNodeBody = 16_384

/** Whether a rule names a status of success: only then does anybody look into such responses. */
export function canRejectOk({ isRejection }: Provider): boolean {
  return listRules(isRejection).some((rule) => listStatuses(rule).some((status) => status >= 200 && status < 300))
}

/** What a provider says of a response: the rule that rejects it, if any. Rejects as its function does. */
async function askProvider(response: Response, { isRejection }: Provider): Promise<Pick<ReplyMatch, 'notApplied'> | undefined> {
  const { ok } = response
  if (typeof isRejection !== 'function') return findRejection(response, isRejection, ok ? judgeOkWithinMs : judgeWithinMs)
  return !ok && (await askFunction(response, isRejection)) ? {} : undefined
}

async function askFunction(response: Response, isRejection: (response: Response) => boolean | Promise<boolean>): Promise<boolean> {
  const clone = response.clone()
  try {
    const verdict = await deadline(isRejection(clone), judgeWithinMs, { isForeground: true })
    return verdict !== tooLate && verdict
  } finally {
    if (!clone.bodyUsed) discardBody(clone)
  }
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

/** What profiles with `isRejection` bring along. */
export const rejectionAbility = { canRejectOk, askProvider }
