import { InvalidTokenResponseError, TokenEndpointError, type TokenwellError } from '../base/errors.ts'
import { cleanDescription, cleanUrl, createSecretFinder, type HoldsSecret } from '../base/redact.ts'
import { standardWords } from '../base/standard-words.ts'
import type { TokenAnswer } from '../token/token-source.ts'
import { listEncodings } from '../vocabulary/encoding.ts'
import { areInHeaders, type PathSource, readAll } from '../vocabulary/paths.ts'
import type { TokenRequest } from './build-token-request.ts'
import type { ReplyMeaning } from './classify-reply.ts'
import { findSecrets, findWords, outlineReply } from './reply-words.ts'
import { parseRetryAfter } from './retry-after.ts'
import type { TokenReply } from './send-token-request.ts'
import type { TokenRequestPlan } from './token-request-plan.ts'

/** A request, and the reply to it. */
export interface RepliedRequest {
  readonly plan: TokenRequestPlan
  readonly request: Pick<TokenRequest, 'url' | 'secrets'>
  readonly reply: TokenReply
  readonly contentType: string
  readonly body: unknown
}

/** The same before the body is understood. */
export type RepliedPlan = Omit<RepliedRequest, 'contentType' | 'body'>

/** What to do about a refusal (RFC 6749 §5.2). */
const advice: Readonly<Record<string, string>> = {
  invalid_client: 'Check clientId and clientSecret.',
  invalid_scope: 'Check scope.',
  unauthorized_client: 'This client may not use this grant.',
  unsupported_grant_type: 'Use another grant.',
}

/**
 * The refusal that a reply without a token stands for.
 * @throws TokenEndpointError or InvalidTokenResponseError where it is a failure instead
 */
export function readRefusal(replied: RepliedRequest, { is, word, hasWord = false, description }: ReplyMeaning): TokenAnswer {
  if (is === 'without-token') throw unusableToken(replied)
  const { plan, reply } = replied
  const { details, name, holdsSecret } = outline(replied)
  const { status, url } = details
  const { contentType } = details.reply
  const retryAt = parseRetryAfter(reply.headers, reply)
  if (is === 'unreadable') {
    const message = `${name} answered ${status} with no token response (${contentType || 'of no type'}). Check ${url}.`
    throw new InvalidTokenResponseError('unreadable_token_response', message, { ...details, retryAt })
  }

  const error = word === undefined ? implied(replied, is) : showWord(word, holdsSecret)
  const words = typeof description === 'string' ? description : /html/i.test(contentType) ? undefined : findWords(replied.body)
  const errorDescription = words && words !== error ? cleanDescription(words, holdsSecret) : undefined
  const said = `(${error ?? status})${errorDescription ? `, saying "${errorDescription}"` : ''}.`
  const all = { ...details, error, errorDescription }
  if (is === 'misdirected') {
    const [tried, toDo] =
      status === 415
        ? [` for the encoding ${listEncodings(plan.profile).join(' or ')}`, 'Set tokenRequest.encoding by defineProvider().']
        : ['', 'Check the URL.']
    const message = `${url} is no token endpoint of ${name}${tried} ${said} ${toDo}`
    throw new TokenEndpointError('not_a_token_endpoint', message, { ...all, retryAt })
  }
  if (is === 'out-of-order') {
    const message = `${name} ${status === 429 ? 'was asked too often' : 'is out of order'} ${said} Try again later.`
    throw new TokenEndpointError('unavailable', message, { ...all, retryAt })
  }
  const known = Object.hasOwn(advice, error ?? '') ? advice[error ?? ''] : undefined
  // Without a word of the server, it may have understood nothing of the request.
  const how = error === undefined && !errorDescription ? `, and how the provider's tokenRequest asks` : ''
  const toDo = known ?? (plan.kind.presents ? 'The token or code is wrong, used or expired.' : `Check the credentials${how}.`)
  return { is: 'refused', error: new TokenEndpointError('refused', `${name} refused ${said} ${toDo}`, all), hasWord }
}

/** The error for a granted reply without a usable token: the token has a fault, or is missing. */
export function unusableToken(replied: RepliedRequest, field?: string, fault?: string): TokenwellError {
  const { details, name } = outline(replied)
  const nameOf = (path: string) => path || 'the reply itself'
  const wanted = replied.plan.kind.provider.tokenResponse?.accessToken ?? 'access_token'
  const paths = [wanted].flat().map(nameOf).join(' or ')
  const wrong = areInHeaders(wanted)
    ? ` If wrong credentials get this answer, add to tokenResponse.error: { path: '', contains: 'words of it', error: 'invalid_grant' }.`
    : ''
  const reason =
    field === undefined
      ? `out a token at ${paths} (top-level fields: ${details.reply.fields.join(', ') || 'none'}). Check tokenResponse.accessToken, which defineProvider() sets.${wrong}`
      : ` a token that cannot be used: ${nameOf(field)} ${fault}.`
  return new InvalidTokenResponseError('invalid_token_response', `${name} answered ${details.status} with${reason}`, details)
}

function outline({ plan, request, reply, contentType, body }: RepliedRequest) {
  const { accessToken = 'access_token', refreshToken = 'refresh_token' } = plan.kind.provider.tokenResponse ?? {}
  const holdsSecret = createSecretFinder([
    ...request.secrets,
    ...findSecrets(body),
    ...[accessToken, refreshToken].flat().flatMap((path) => readTexts({ body, headers: reply.headers }, path)),
  ])
  const url = cleanUrl(request.url)
  // Names of a form are not shown: any text before an equals sign would be one.
  const isJson = reply.text?.trimStart().startsWith('{')
  const shape = outlineReply(reply.status, contentType, isJson ? body : undefined, holdsSecret)
  return {
    name: `${plan.kind.provider.name} (${new URL(url).host})`,
    holdsSecret,
    details: { status: reply.status, url, reply: shape },
  }
}

/** What stands where a token may, a scheme before it or not. A reply that is itself the token is its words where it refuses. */
function readTexts(source: PathSource, path: string): string[] {
  const texts = path ? readAll(source, path).filter((one) => typeof one === 'string') : []
  return texts.flatMap((text) => [text, text.trim().replace(/^\S+\s+/, '')])
}

/** The code of a refusal that has none: what was presented is known. */
function implied({ plan, reply }: RepliedRequest, is: ReplyMeaning['is']): string | undefined {
  if (is !== 'refused' || !plan.kind.presents) return undefined
  const isClient = reply.status === 401 && /^\s*basic\b/i.test(reply.headers.get('www-authenticate') ?? '')
  return isClient ? 'invalid_client' : 'invalid_grant'
}

/** Shows the code of a server only where it looks like one, and is no secret. */
function showWord(word: string, holdsSecret: HoldsSecret): string | undefined {
  return standardWords.includes(word) || (/^[\x21-\x7e]{1,64}$/.test(word) && !holdsSecret(word)) ? word : undefined
}
