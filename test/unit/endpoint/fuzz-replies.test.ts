import { expect, it } from 'vitest'
import { isTokenwellError } from '../../../src/base/errors.ts'
import { createTokenSource } from '../../../src/endpoint/token-source.ts'
import { authorizationCode } from '../../../src/grants/authorization-code.ts'
import { clientCredentials } from '../../../src/grants/client-credentials.ts'
import { createSeededRandom } from '../../../src/testing/seeded-random.ts'
import type { Token } from '../../../src/token/token.ts'
import type { Provider } from '../../../src/vocabulary/provider.ts'
import { jwt } from '../../support/jwt.ts'
import { day } from '../../support/times.ts'
import { tokenOf } from '../../support/token-of.ts'

const seed = Number(process.env['SEED'] ?? Date.now() % 1_000_000)
const rounds = Number(process.env['ROUNDS'] ?? 3_000)
const now = Date.parse('2026-03-01T12:00:00Z')
const secret = 'Canary-client-secret'

it(`${rounds} replies, seed ${seed}: a frozen token with a finite expiry, or one typed error; few requests, no secret`, {
  timeout: 60_000 + rounds * 10,
}, async () => {
  const random = createChooser(seed)
  const counts = { token: 0, error: 0 }
  for (let round = 0; round < rounds; round++) {
    const reply = makeReply(random)
    const { outcome, requests } = await ask(random, reply)
    const told = `round ${round} of seed ${seed}: ${JSON.stringify(reply).slice(0, 500)}`
    // One resend of what may have been lost at most: nobody waits here, and nothing else is repeated.
    expect(requests, told).toBeLessThanOrEqual(2)
    if (isTokenwellError(outcome)) {
      counts.error++
      // Of one that was cut, fewer than its first 12 characters may be shown.
      expect(JSON.stringify([outcome, outcome.message, outcome.stack]), told).not.toMatch(/Canary-clien/i)
    } else {
      counts.token++
      expectValid(outcome as Token, told)
    }
  }
  // Both happen, or nothing was tried.
  expect(Math.min(counts.token, counts.error)).toBeGreaterThan(rounds / 20)
})

function expectValid(token: Token, told: string): void {
  expect(Object.isFrozen(token), told).toBe(true)
  expect(token.accessToken, told).toMatch(/^[\x21-\x7e]{1,16384}$/)
  expect(token.issuedAt, told).toBe(now)
  expect((token.expiresAt as number) - now, told).toBeGreaterThanOrEqual(0)
  expect((token.expiresAt as number) - now, told).toBeLessThanOrEqual(365 * day)
  expect(token.refreshableUntil ?? 0, told).not.toBeNaN()
  expect(JSON.parse(JSON.stringify(token)), told).toEqual(token)
}

type Chooser = ReturnType<typeof createChooser>

function createChooser(from: number) {
  const { next } = createSeededRandom(from)
  const below = (end: number) => Math.floor(next() * end)
  const one = <T>(list: readonly T[]): T => list[below(list.length)] as T
  return { below, one }
}

interface Reply {
  readonly status: number
  readonly headers: Record<string, string>
  readonly text: string
}

async function ask({ one }: Chooser, { status, headers, text }: Reply) {
  const provider: Provider = {
    name: 'fuzzed',
    apiUrl: 'https://api.example',
    tokenUrl: 'https://auth.example/token',
    tokenResponse: {
      accessToken: one(['access_token', ['token', 'access_token'], 'data.token', '']),
      lifetimeFrom: one(['response', 'jwt']),
      expiresInUnit: one(['s', 'ms']),
      expiresAt: 'expires_at',
      refreshExpiresIn: 'refresh_expires_in',
      extra: ['extra'],
    },
    renewal: one<NonNullable<Provider['renewal']>>([
      { by: 'refresh_token', refreshLifetimeMs: day },
      { by: 'grant' },
      { by: 'access_token', url: 'https://auth.example/renew', parameter: 'token', windowMs: day, windowFrom: 'orig_iat' },
    ]),
  }
  const client = { clientId: 'id', clientSecret: secret }
  let requests = 0
  const source = createTokenSource({
    provider,
    grant: one([clientCredentials(client), authorizationCode({ ...client, code: 'c' })]),
    now: () => now,
    retry: { retries: 0, minDelayMs: 0 },
    fetch: async () => {
      requests++
      return new Response([204, 205, 304].includes(status) ? null : text, { status, headers })
    },
  })
  const outcome = await tokenOf(source.ask()).catch((error: unknown) => {
    if (!isTokenwellError(error)) throw error
    return error
  })
  return { outcome, requests }
}

const times = [
  60,
  '60',
  0,
  -1,
  1e20,
  Number.NaN,
  '',
  '3600abc',
  'PT1H',
  null,
  true,
  [],
  {},
  [60],
  now,
  now / 1000,
  5e-324,
  '2026-03-02',
  '9'.repeat(400),
]
const texts = ['abc', 'Bearer abc\n', '', ' ', 'a b', 'é', '\r\n', 'x'.repeat(20_000), 1, null, true, {}, ['a'], secret, '__proto__']
const errors = [
  'invalid_grant',
  'server_error',
  'Unauthorized',
  '',
  null,
  false,
  0,
  7,
  { message: `no ${secret}` },
  [`${secret}`],
  'x y',
  '\u0000',
]

function makeReply(random: Chooser): Reply {
  const { below, one } = random
  const status = one([200, 200, 200, 200, 200, 200, 200, 200, 201, 204, 400, 401, 403, 404, 415, 418, 429, 500, 503, 302])
  const type = one([
    'application/json',
    'application/json; charset=utf-8',
    'text/html',
    'text/plain',
    'application/x-www-form-urlencoded',
    '',
  ])
  const headers: Record<string, string> = {
    ...(type && { 'content-type': type }),
    ...(below(4) === 0 && { date: one(['garbage', new Date(now + 3_600_000).toUTCString(), new Date(0).toUTCString()]) }),
    ...(below(4) === 0 && { 'retry-after': one(['garbage', '1e9', '-1', '', new Date(8e15).toUTCString()]) }),
    ...(below(9) === 0 && { 'www-authenticate': one(['Basic', `Bearer error="${secret}"`]) }),
  }
  return { status, headers, text: mutate(random, makeText(random)) }
}

function makeText({ below, one }: Chooser): string {
  const claims = { exp: one([now / 1000 + 60, ...times]), iat: one([now / 1000, ...times]), orig_iat: one(times) }
  const fields: Record<string, unknown> = { access_token: one(['abc', 'abc', jwt(claims), jwt(claims), one(texts)]) }
  if (below(2)) fields['expires_in'] = one(times)
  if (below(4) === 0) fields['expires_at'] = one(times)
  if (below(4) === 0) fields['refresh_token'] = one(['r', jwt(claims), ...texts])
  if (below(4) === 0) fields['refresh_expires_in'] = one(times)
  if (below(6) === 0) fields['token_type'] = one(texts)
  if (below(6) === 0) fields['scope'] = one(['a b', ...texts])
  if (below(6) === 0) fields['extra'] = one([{ a: { b: [1] } }, ...texts])
  if (below(5) === 0) fields['error'] = one(errors)
  if (below(8) === 0) fields['error_description'] = one([`It is ${secret}`, btoa(secret), encodeURIComponent(`%${secret}%`), ...texts])
  const reply = one<unknown>([fields, fields, fields, fields, { data: { token: 'abc' } }, [fields], fields['access_token'], null, 42])
  if (below(8) === 0) return new URLSearchParams(Object.entries(fields).map(([name, value]) => [name, String(value)])).toString()
  if (below(20) === 0) return one(['<html>', '', '{', `${'['.repeat(50_000)}`, '{"__proto__":{"access_token":"a"}}', '\uFEFF{}', secret])
  return JSON.stringify(reply) ?? ''
}

function mutate({ below, one }: Chooser, text: string): string {
  const at = below(text.length + 1)
  return one([
    () => text,
    () => text,
    () => text,
    () => text.slice(0, at),
    () => `${text.slice(0, at)}${String.fromCharCode(below(65_536))}${text.slice(at + 1)}`,
    () => `${text.slice(0, at)}${text.slice(below(text.length + 1))}`,
    () => `\uFEFF ${text}`,
  ])()
}
