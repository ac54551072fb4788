import { createHash } from 'node:crypto'
import { inspect } from 'node:util'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { isTokenwellError } from '../../../src/base/errors.ts'
import { cleanCause, cleanDescription, cleanUrl, createRedactor } from '../../../src/base/redact.ts'
import { createTokenSource } from '../../../src/endpoint/token-source.ts'
import { authorizationCode } from '../../../src/grants/authorization-code.ts'
import { clientCredentials } from '../../../src/grants/client-credentials.ts'
import { password } from '../../../src/grants/password.ts'
import { refreshToken } from '../../../src/grants/refresh-token.ts'
import { dive } from '../../../src/providers/dive.ts'
import type { Token } from '../../../src/token/token.ts'
import type { Grant } from '../../../src/vocabulary/grant.ts'
import type { Encoding, Provider } from '../../../src/vocabulary/provider.ts'

describe('a redactor masks a secret in every form in which servers echo it', () => {
  const secret = `p@ss wörd/+"\\'(1)*~`
  const percent = encodeURIComponent(secret)
  const form = new URLSearchParams([['', secret]]).toString().slice(1)
  const base64 = Buffer.from(secret).toString('base64')
  test.each([
    ['as it is', secret],
    ['percent-encoded', percent],
    ['percent-encoded in lower case', percent.replace(/%../g, (byte) => byte.toLowerCase())],
    ['form-encoded', form],
    ['form-encoded in lower case', form.replace(/%../g, (byte) => byte.toLowerCase())],
    ['in JSON', JSON.stringify(secret).slice(1, -1)],
    ['in JSON with escaped slashes', JSON.stringify(secret).slice(1, -1).replaceAll('/', '\\/')],
    ['in base64', base64],
    ['in base64 without padding', base64.replace(/=+$/, '')],
    ['in base64url', Buffer.from(secret).toString('base64url')],
  ])('%s', (_, echoed) => {
    expect(createRedactor([secret])(`before ${echoed} after`)).toBe('before [secret] after')
  })
  test('a secret that holds another one is masked as a whole', () =>
    expect(createRedactor(['abc', 'abcdef'])('xabcdefx')).toBe('x[secret]x'))
  test('all of them, wherever', () => expect(createRedactor(['aa', 'bb'])('aabbaa')).toBe('[secret][secret][secret]'))
  test('an empty secret masks nothing', () => expect(createRedactor(['', 'x'])('abc')).toBe('abc'))
  test('a lone surrogate breaks nothing', () => expect(createRedactor(['a\ud800b'])('a\ud800b c')).toBe('[secret] c'))
  test('signs of regular expressions and replacements are but signs', () => expect(createRedactor(['$&.*'])('x$&.*x')).toBe('x[secret]x'))
})

describe('a description', () => {
  const redact = createRedactor(['hunter2'])
  test('is masked first and cut afterwards', () => {
    const cleaned = cleanDescription(`${'x'.repeat(196)}hunter2`, redact)
    expect(cleaned).toBe(`${'x'.repeat(196)}[sec`)
  })
  test('has no control characters, which forge lines of logs and turn text around', () => {
    expect(cleanDescription('a\r\nb\u0000c\u001b[31md\u202ee\u2028f\u200bg', redact)).toBe('a b c [31md e f g')
  })
  test('is well-formed also when cut in mid-character', () => {
    expect(cleanDescription(`${'x'.repeat(199)}😀`, redact).isWellFormed()).toBe(true)
  })
})

test.each([
  ['https://u:p@a.example:8443/b/c?d=e#f', 'https://a.example:8443/b/c'],
  ['no URL', ''],
])('a URL is shown without what may be secret: %s', (url, expected) => expect(cleanUrl(url)).toBe(expected))

describe('a cause', () => {
  test.each<[unknown, string, string | undefined]>([
    [Object.assign(new TypeError('secret'), { code: 'ECONNREFUSED' }), 'TypeError', 'ECONNREFUSED'],
    [new TypeError('secret', { cause: { code: 'ENOTFOUND', secret: 1 } }), 'TypeError', 'ENOTFOUND'],
    [Object.assign(new Error('x'), { code: 'a secret' }), 'Error', undefined],
    [Object.assign(new Error('x'), { name: 'a secret', code: 5 }), 'Error', undefined],
    ['secret', 'Error', undefined],
    [null, 'Error', undefined],
    [undefined, 'Error', undefined],
  ])('%# keeps its name and code only', (thrown, name, code) => {
    const cause = cleanCause(thrown)
    expect(cause).toBeInstanceOf(Error)
    expect([cause.name, cause.code]).toEqual([name, code])
    expect(inspect(cause, { depth: Infinity, showHidden: true })).not.toMatch(/secret/)
  })
})

// Each is of its own alphabet, so that no encoding of one passes for another, and is found however it is written.
const canaries = {
  clientSecret: 'CanarySecret/+ "ü',
  password: 'CanaryPassword&=?',
  accessToken: 'CanaryAccessToken.abc-def',
  refreshToken: 'CanaryRefreshToken_123',
  code: 'CanaryCode%20x',
  verifier: 'CanaryVerifier~~',
}
const passwordMd5 = createHash('md5').update(canaries.password).digest('hex')

const client = { clientId: 'my-id', clientSecret: canaries.clientSecret }
const grants: Grant[] = [
  clientCredentials(client),
  clientCredentials({ ...client, clientSecret: async () => canaries.clientSecret }),
  password({ ...client, username: 'u', password: canaries.password }),
  refreshToken({ ...client, refreshToken: canaries.refreshToken }),
  authorizationCode({ ...client, code: canaries.code, codeVerifier: canaries.verifier }),
]
const held: Token = { accessToken: canaries.accessToken, refreshToken: canaries.refreshToken, tokenType: 'b', issuedAt: 0, expiresAt: 1 }
const encodings: Encoding[] = ['form', 'json', 'query']

type Fault = (request: Request) => Promise<Response>
const all = Object.values(canaries).join(' ')
/** The request as it came, and as a server reads it. */
async function echo(request: Request): Promise<string> {
  const raw = request.clone()
  return [raw.url, raw.headers.get('authorization'), await raw.text(), ...(await secretsOf(request))].join(' ')
}
const faults: [string, Fault][] = [
  ['an error description that echoes the request', async (request) => oauthError(await echo(request), 400)],
  ['one that echoes its headers and raw body', async (request) => oauthError(JSON.stringify([request.url, [...request.headers]]), 401)],
  ['one with every secret the request holds, each way', async (request) => oauthError(everyForm(await secretsOf(request)), 400)],
  ['an error that is the request', async (request) => Response.json({ error: await echo(request) }, { status: 400 })],
  ['an outage that echoes it', async (request) => oauthError(await echo(request), 503)],
  ['a page with it', async (request) => new Response(`<html>${await echo(request)}`, { headers: { 'content-type': 'text/html' } })],
  ['truncated JSON with it', async (request) => new Response(`{"access_token":"${await echo(request)}`)],
  ['an unusable token', async () => Response.json({ access_token: `${all}\r\n` })],
  ['an absurdly long one', async () => Response.json({ access_token: all.replaceAll(/\s/g, '').repeat(500) })],
  [
    'a redirect with it',
    async (request) =>
      new Response(null, { status: 307, headers: { location: `https://evil.example/?${encodeURIComponent(await echo(request))}` } }),
  ],
  ['429 with it', async (request) => new Response(await echo(request), { status: 429, headers: { 'retry-after': '7' } })],
  [
    'a fetch that throws it',
    async (request) =>
      Promise.reject(Object.assign(new TypeError(await echo(request)), { request, code: canaries.code, name: canaries.password })),
  ],
  [
    'a fetch that throws it deep inside',
    async (request) => Promise.reject(new Error('x', { cause: new Error(await echo(request), { cause: request }) })),
  ],
  ['a body that throws it', async (request) => brokenBody(new Error(await echo(request)))],
  ['silence', () => new Promise(() => {})],
]

describe('no error shows a secret', () => {
  beforeEach(() => void vi.useFakeTimers())
  afterEach(() => void vi.useRealTimers())

  test.each(faults)('%s', async (_, fault) => {
    let errors = 0
    for (const provider of providers()) {
      for (const grant of grants) {
        for (const method of ['ask', 'present'] as const) {
          errors += 1
          searchForCanaries(await errorOf(provider, grant, fault, method))
        }
      }
    }
    expect(errors).toBe(120)
  })

  test.each(faults)('not the hash of a password either: %s', async (_, fault) => {
    const { provider, grant } = dive({
      clientKey: canaries.clientSecret.replaceAll(/[^\w/+]/g, ''),
      username: 'u',
      password: canaries.password,
    })
    searchForCanaries(await errorOf(provider, grant, fault, 'ask'))
  })

  test('a secret that cannot be a header', async () => {
    const provider: Provider = {
      name: 'x',
      apiUrl: 'https://a.example',
      tokenUrl: 'https://a.example/t',
      tokenRequest: { clientAuthentication: 'basic-raw' },
    }
    const grant = clientCredentials({ ...client, clientSecret: `${canaries.code}\r\nX: ${canaries.clientSecret}\u0100` })
    searchForCanaries(await errorOf(provider, grant, async () => new Response(), 'ask'))
  })

  test('the search finds what it looks for', () => {
    for (const error of [
      new Error(canaries.code),
      new Error('x', { cause: new Error(encodeURIComponent(canaries.password)) }),
      Object.assign(new Error('x'), { deep: { request: { token: canaries.accessToken } } }),
      Object.defineProperty(new Error('x'), 'hidden', { value: btoa(canaries.refreshToken), enumerable: false }),
      new AggregateError([new Error(canaries.verifier)]),
      new Error(passwordMd5),
    ]) {
      expect(() => searchForCanaries(error)).toThrow()
    }
  })
})

function providers(): Provider[] {
  const methods = ['basic', 'basic-loose', 'body', 'query'] as const
  return encodings.flatMap((encoding) =>
    methods.map((clientAuthentication) => ({
      name: 'canary',
      apiUrl: 'https://api.example',
      tokenUrl: 'https://auth.example/token',
      tokenRequest: { encoding, clientAuthentication, method: encoding === 'query' ? ('GET' as const) : ('POST' as const) },
      tokenResponse: { accessToken: ['access_token', ''] },
    })),
  )
}

async function errorOf(provider: Provider, grant: Grant, fault: Fault, method: 'ask' | 'present'): Promise<unknown> {
  const fetch = (input: unknown) => fault(input as Request)
  const source = createTokenSource({ provider, grant, fetch: fetch as typeof globalThis.fetch, retry: { retries: 0, minDelayMs: 0 } })
  const outcome = (method === 'ask' ? source.ask() : source.present(held)).then(
    (token) => expect.unreachable(`It was taken for a token: ${JSON.stringify(token)}`),
    (error: unknown) => error,
  )
  await vi.advanceTimersByTimeAsync(60_000)
  const error = await outcome
  expect(isTokenwellError(error)).toBe(true)
  return error
}

const wanted = everyForm([...Object.values(canaries), passwordMd5]).split(' | ')

/** Fails where any canary, in any form, is anywhere in what can be made of an error. */
function searchForCanaries(error: unknown): void {
  const renderings = [
    String(error),
    (error as Error).stack,
    JSON.stringify(error),
    inspect(error, { depth: Infinity, showHidden: true, getters: true }),
    ...causesOf(error).flatMap((cause) => [String(cause), (cause as Error).stack]),
  ].join('\n')
  expect(wanted.filter((form) => renderings.includes(form))).toEqual([])
  // Whatever way the rest is written, this stays.
  expect(renderings).not.toMatch(/Canary(Secret|Password|Access|Refresh|Code|Verifier)/)
}

function causesOf(error: unknown): unknown[] {
  const { cause, errors = [] } = (error ?? {}) as { cause?: unknown; errors?: unknown[] }
  return [cause, ...errors].filter(Boolean).flatMap((inner) => [inner, ...causesOf(inner)])
}

function everyForm(secrets: string[]): string {
  return secrets
    .flatMap((secret) => [
      secret,
      encodeURIComponent(secret),
      new URLSearchParams([['', secret]]).toString().slice(1),
      JSON.stringify(secret).slice(1, -1),
      Buffer.from(secret).toString('base64'),
      Buffer.from(secret).toString('base64url'),
    ])
    .join(' | ')
}

/** What a server knows after this request: its fields, and the credentials in its header, opened. */
async function secretsOf(request: Request): Promise<string[]> {
  const body = await request.text()
  const basic = request.headers.get('authorization')?.slice(6) ?? ''
  const opened = Buffer.from(basic, 'base64').toString().split(':')[1] ?? ''
  const fields = body.startsWith('{') ? Object.values<string>(JSON.parse(body)) : [...new URLSearchParams(body).values()]
  return [...fields, ...new URL(request.url).searchParams.values(), basic, opened].filter(Boolean)
}

function oauthError(description: string, status: number): Response {
  return Response.json({ error: 'invalid_grant', error_description: description }, { status })
}

function brokenBody(error: Error): Response {
  return new Response(new ReadableStream({ pull: (controller) => controller.error(error) }))
}
