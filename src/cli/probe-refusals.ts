import { isTokenwellError } from '../base/errors.ts'
import { randomId } from '../base/random-id.ts'
import { customGrant } from '../grants/custom-grant.ts'
import type { TokenManager } from '../manager/token-manager.ts'
import { memoryStore } from '../stores/memory.ts'
import type { Grant } from '../vocabulary/grant.ts'
import type { ProfileCall } from './call.ts'
import type { Finding } from './finding.ts'

/** Sends what has to be refused, each of it once, and says whether the profile understands the answer. */
export async function* probeRefusals(call: ProfileCall, url: string): AsyncGenerator<Finding> {
  yield await probeToken(call, url)
  const wrong = withWrongSecret(call.profile.build().grant)
  if (wrong) yield await probeSecret(call, wrong)
}

async function probeToken({ profile, signal }: ProfileCall, url: string): Promise<Finding> {
  const { provider } = profile.build()
  // In the form of a usual reply: where this API has its token elsewhere, that is of no matter here. There is no second one.
  let reply: object = { access_token: randomId(), expires_in: 3600 }
  const exchange = () => {
    const given = reply
    reply = { error: 'invalid_grant' }
    return given
  }
  const { isRejection, authorization, apiUrl, name, tokenUrl, headers } = provider
  const bare = { name, apiUrl, tokenUrl, ...(headers && { headers }), ...(authorization && { authorization }), ...(isRejection && { isRejection }) } // biome-ignore format: one line
  const tokens = profile.createManager({ provider: bare, grant: customGrant({ grantType: 'probe', exchange }), store: memoryStore() })
  let rejectedWith: number | undefined
  tokens.on('rejected', ({ status }) => {
    rejectedWith = status
  })
  const status = await answerTo(tokens, url, signal).catch((error) => {
    if (rejectedWith === undefined) throw error
    return rejectedWith
  })
  if (rejectedWith !== undefined) return { is: 'ok', text: `A wrong token is answered with ${status}, which counts as a rejection.` }
  const answer = `a wrong token is answered with ${status}`
  if (status < 400) return { is: 'lacks', text: `a URL that needs a token: ${answer}. Give one to try.` }
  return { is: 'lacks', text: `isRejection: ${answer}, which does not count as a rejection, so the token is not renewed then.` }
}

async function answerTo(tokens: TokenManager, url: string, signal: AbortSignal): Promise<number> {
  const response = await tokens.fetch(url, { signal })
  await response.body?.cancel()
  return response.status
}

async function probeSecret({ profile, signal }: ProfileCall, grant: Grant): Promise<Finding> {
  const tokens = profile.createManager({ grant, store: memoryStore(), retry: { retries: 0 } })
  try {
    await tokens.getToken({ signal })
  } catch (error) {
    if (!isTokenwellError(error)) throw error
    if (error.code === 'refused')
      return { is: 'ok', text: `A wrong secret is refused${error.error ? ` (${error.error})` : ''}, and is not sent again.` }
    return { is: 'lacks', text: `tokenResponse.error: the answer to a wrong secret counts as ${error.code}, and not as a refusal.` }
  }
  return { is: 'failed', text: 'The server takes a wrong secret: does the profile send it?' }
}

/** The grant with something else in place of the password, else of the client's secret; nothing where it has neither. */
function withWrongSecret(grant: Grant): Grant | undefined {
  const { oneTime, clientSecret, grantType, secretParameters } = grant
  if (oneTime || grantType === 'refresh_token') return undefined
  const names = Object.keys(secretParameters ?? {})
  if (names.length > 0) return { ...grant, secretParameters: Object.fromEntries(names.map((name) => [name, randomId()])) }
  return clientSecret === undefined ? undefined : { ...grant, clientSecret: randomId() }
}
