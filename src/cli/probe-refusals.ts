import { isTokenwellError } from '../base/errors.ts'
import { randomId } from '../base/random-id.ts'
import { customGrant } from '../grants/custom-grant.ts'
import type { TokenManager } from '../manager/token-manager.ts'
import { memoryStore } from '../stores/memory.ts'
import type { Token } from '../token/token.ts'
import type { Grant } from '../vocabulary/grant.ts'
import { buildTokenKey } from '../vocabulary/identity.ts'
import type { ProfileCall } from './call.ts'
import type { Finding } from './finding.ts'
import type { OpenProfile } from './open-profile.ts'

/** Sends what has to be refused, each of it once, and says whether the profile understands the answer. */
export async function* probeRefusals(call: ProfileCall, taken: TakenCall): AsyncGenerator<Finding> {
  yield await probeToken(call, taken)
  const wrong = withWrongSecret(call.profile.build().grant)
  if (wrong) yield await probeSecret(call, wrong)
}

/** A call of the API that was made, and its token. */
interface TakenCall {
  readonly url: string
  readonly token: Token
}

async function probeToken({ profile, signal }: ProfileCall, { url, token }: TakenCall): Promise<Finding> {
  const tokens = await createWrongManager(profile, token)
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

/**
 * A manager of the profile whose store has a wrong token, beside what else the right one came with: headers may need that. It gets
 * no other one.
 */
async function createWrongManager(profile: OpenProfile, right: Token): Promise<TokenManager> {
  const subject = 'probe'
  const { provider: whole, grant: own } = profile.build()
  // Its templates may name what this grant has not.
  const { revocation: _revocation, ...provider } = whole
  const exchange = () => Response.json({ error: 'invalid_grant' }, { status: 400 })
  const grant = customGrant({ grantType: 'probe', ...(own.clientId && { clientId: own.clientId }), exchange })
  const store = memoryStore()
  const key = (await buildTokenKey(provider, grant, subject)) as string
  const lifetime = { issuedAt: Date.now(), expiresAt: Date.now() + 3_600_000 }
  const { refreshToken: _refreshToken, ...token } = { ...right, ...lifetime, accessToken: randomId() }
  await store.set(key, { version: 1, key, id: randomId(), epoch: randomId(), token })
  return profile.createManager({ provider, grant, store, subject, retry: { retries: 0 } })
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
