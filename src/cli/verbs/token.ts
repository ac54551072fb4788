import type { TokenManager } from '../../manager/token-manager.ts'
import type { Token } from '../../token/token.ts'
import type { ProfileCall, Verb } from '../call.ts'
import { formatDuration, parseDuration } from '../duration.ts'
import { CommandError, exitStatus, UsageError } from '../failure.ts'
import { toJsonLine } from '../json-output.ts'
import type { OpenProfile } from '../open-profile.ts'

export const token: Verb = {
  summary: 'Prints the token.',
  text: 'Prints the bare token and a line end, and nothing else. It is asked for only where the store has none that is valid.',
  options: {
    header: { text: 'A whole header line, for curl: Authorization: Bearer …' },
    json: { text: 'JSON, with the time when it expires and the scopes.' },
    'min-ttl': { value: 'TIME', text: 'So long it must be valid at least: 60s, 10m, 1h. A token that has less left is renewed.' },
  },
  example: 'tokenwell token cameras --header |\n  curl -H @- https://cameras.example.com/list',
  async runWith(call) {
    const { options, profile, terminal } = call
    if (options['header'] && options['json']) throw new UsageError('--header goes without --json')
    const minTtl = options['min-ttl'] as string | undefined
    const leastMs = minTtl === undefined ? 0 : parseDuration('--min-ttl', minTtl)
    const tokens = profile.createManager()
    const got = await getToken(tokens, leastMs, call)
    const text = options['json'] ? toJson(got) : options['header'] ? await headerLine(tokens, profile) : got.accessToken
    await terminal.write(`${text}\n`)
    return exitStatus.done
  },
}

async function getToken(tokens: TokenManager, leastMs: number, { profile, signal }: ProfileCall): Promise<Token> {
  const held = await profile.patiently(() => tokens.getToken({ signal }))
  if (remainingMs(held) >= leastMs) return held
  const renewed = await profile.patiently(() => tokens.getToken({ signal, forceRenewal: true }))
  const leftMs = remainingMs(renewed)
  if (leftMs >= leastMs) return renewed
  throw new CommandError(`A new token is valid for ${formatDuration(leftMs)} only, and --min-ttl asks for ${formatDuration(leastMs)}.`)
}

const remainingMs = ({ expiresAt = Infinity }: Token): number => expiresAt - Date.now()

function toJson({ accessToken, tokenType, expiresAt, scope }: Token): string {
  return toJsonLine({ accessToken, tokenType, expiresAt: expiresAt === undefined ? null : new Date(expiresAt).toISOString(), scope })
}

/** @throws UsageError where the token does not travel in a header that is always the same */
async function headerLine(tokens: TokenManager, profile: OpenProfile): Promise<string> {
  const { authorization = {} } = profile.build().provider
  if (typeof authorization === 'function' || authorization.query !== undefined) {
    throw new UsageError('The token of this API does not travel in a header: use tokenwell fetch.')
  }
  const value = await tokens.getAuthorization()
  if (authorization.cookie !== undefined) return `Cookie: ${authorization.cookie}=${value}`
  return `${authorization.header ?? 'Authorization'}: ${value}`
}
