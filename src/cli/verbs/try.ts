import type { TokenManager } from '../../manager/token-manager.ts'
import { memoryStore } from '../../stores/memory.ts'
import type { Token } from '../../token/token.ts'
import type { Provider } from '../../vocabulary/provider.ts'
import { resolveUrl } from '../api-url.ts'
import type { Verb } from '../call.ts'
import { formatDuration } from '../duration.ts'
import { exitStatus } from '../failure.ts'
import type { Finding } from '../finding.ts'
import { probeRefusals } from '../probe-refusals.ts'

export const tryProfile: Verb = {
  summary: 'Logs in once, makes one call, and says what the profile lacks.',
  text: 'Logs in anew, where the grant can be asked again, makes one call with the token, and says what the profile lacks. The stored token stays as it is, but that of a sign-in is renewed as always.\nThe exit status is 0 where the call worked, also where the profile lacks something, and 1 where it failed or is unclear.',
  operands: ['[URL]'],
  options: {
    'probe-refusals': {
      text: 'Also sends one wrong token, and one wrong secret, to see that refusals are understood. Some servers lock accounts for that.',
    },
  },
  example: 'tokenwell try cameras cameras.json',
  async runWith(call) {
    const { operands, options, profile, signal, terminal } = call
    const findings: Finding[] = []
    const say = async (finding: Finding) => {
      findings.push(finding)
      const colour = { ok: 'green', lacks: 'yellow', unclear: 'yellow', failed: 'red' } as const
      await terminal.write(`${terminal.paint(colour[finding.is], finding.is)}: ${finding.text}\n`)
    }
    const { provider, grant } = profile.build()
    const canAskAgain = !['authorization_code', 'refresh_token'].includes(grant.grantType)
    const tried = canAskAgain ? { store: memoryStore(), provider: withMarkedLifetime(provider) } : {}
    const tokens = profile.createManager({ ...tried, retry: { retries: 0 } })
    const token = await profile.patiently(() => tokens.getToken({ signal }))
    await say({ is: 'ok', text: `Got a token ${describeLifetime(token)}.` })
    const url = await resolveUrl(tokens, operands[0] ?? '', async () => token)
    await say(await callOnce(tokens, url, signal))
    for (const finding of findLacks(token, provider, grant.grantType)) await say(finding)
    if (options['probe-refusals']) for await (const finding of probeRefusals(call, { url, token })) await say(finding)
    return findings.some(({ is }) => is === 'failed' || is === 'unclear') ? exitStatus.failed : exitStatus.done
  },
}

// Nobody's real lifetime: a token that has it was told none.
const markedLifetimeMs = 3_599_987

function withMarkedLifetime(provider: Provider): Provider {
  const { tokenResponse } = provider
  if (tokenResponse?.defaultLifetimeMs !== undefined) return provider
  return { ...provider, tokenResponse: { ...tokenResponse, defaultLifetimeMs: markedLifetimeMs } }
}

const isToldNone = ({ issuedAt, expiresAt }: Token): boolean => expiresAt !== undefined && expiresAt - issuedAt === markedLifetimeMs

function describeLifetime(token: Token): string {
  const { expiresAt, issuedAt } = token
  if (expiresAt === undefined) return 'that never expires'
  return isToldNone(token) ? 'whose lifetime nobody tells' : `that lives for ${formatDuration(expiresAt - issuedAt)}`
}

async function callOnce(tokens: TokenManager, url: string, signal: AbortSignal): Promise<Finding> {
  let isRejected = false
  const stop = tokens.on('rejected', () => {
    isRejected = true
  })
  const response = await tokens.fetch(url, { signal })
  await response.body?.cancel()
  stop()
  const answer = `The API answered ${response.status}`
  // A token that was taken at once, and then renewed, is none that the API refused.
  if (isRejected && !response.ok)
    return { is: 'failed', text: `${answer}, and refused the token: does the profile put it where the API wants it?` }
  const doubt = doubtOf(response.status)
  return doubt ? { is: 'unclear', text: `${answer}${doubt}` } : { is: 'ok', text: `${answer}, and did not refuse the token.` }
}

/** Why a status does not show that the API took the token; nothing where it does. */
function doubtOf(status: number): string | undefined {
  if (status < 400) return undefined
  if (status === 403) return '. If that means a dead token, write isRejection, or try --probe-refusals.'
  if (status === 404) return ': is the URL right?'
  return `, which does not say whether it took the token: try ${status < 500 ? 'another call' : 'again later'}.`
}

function* findLacks(token: Token, provider: Provider, grantType: string): Generator<Finding> {
  if (isToldNone(token))
    yield { is: 'lacks', text: 'tokenResponse.defaultLifetimeMs: no reply says how long a token lives, and an hour is assumed.' }
  if (grantType === 'authorization_code' && token.refreshToken === undefined) {
    yield {
      is: 'lacks',
      text: 'a refresh token: a person has to sign in again when the token expires. Many servers want the scope offline_access for one.',
    }
  }
  if (provider.revocation === undefined)
    yield { is: 'lacks', text: 'revocation: tokenwell logout forgets the token here, and does not end it at the server.' }
}
