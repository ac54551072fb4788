import { createHash } from 'node:crypto'
import { inspect } from 'node:util'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { isTokenwellError } from '../../../src/base/errors.ts'
import { cleanCause, cleanDescription, cleanUrl, createSecretFinder } from '../../../src/base/redact.ts'
import { createTokenSource } from '../../../src/endpoint/token-source.ts'
import { authorizationCode } from '../../../src/grants/authorization-code.ts'
import { clientCredentials } from '../../../src/grants/client-credentials.ts'
import { password } from '../../../src/grants/password.ts'
import { refreshToken } from '../../../src/grants/refresh-token.ts'
import { dive } from '../../../src/providers/dive.ts'
import type { Token } from '../../../src/token/token.ts'
import type { Grant } from '../../../src/vocabulary/grant.ts'
import type { Encoding, Provider } from '../../../src/vocabulary/provider.ts'
import { createTokenEndpoint, type SeenRequest, silent } from '../../support/token-endpoint.ts'

const utf8 = (text: string) => Buffer.from(text)
const percent = encodeURIComponent
const base64 = (text: string) => utf8(text).toString('base64')
const hex = (text: string) => utf8(text).toString('hex')
const jsonEscape = (text: string) => JSON.stringify(text).slice(1, -1)
const unicodeEscape = (text: string) =>
  text
    .split('')
    .map((c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`)
    .join('')
const entities = (text: string) =>
  text.replace(
    /[^\w ]/gu,
    (c) => ({ '&': '&amp;', '"': '&quot;', '<': '&lt;', "'": '&apos;' })[c] ?? `&#x${c.codePointAt(0)?.toString(16)};`,
  )
const decimalEntities = (text: string) => Array.from(text, (c) => `&#${c.codePointAt(0)};`).join('')

/** The ways in which servers repeat what they got. */
const encodings: [string, (text: string) => string][] = [
  ['as it is', (text) => text],
  ['percent-encoded', percent],
  ['percent-encoded in lower case', (text) => percent(text).replace(/%../g, (byte) => byte.toLowerCase())],
  ['form-encoded', (text) => new URLSearchParams([['', text]]).toString().slice(1)],
  ['in JSON', jsonEscape],
  ['in JSON with escaped slashes', (text) => jsonEscape(text).replaceAll('/', '\\/')],
  ['in \\u escapes', unicodeEscape],
  ['in \\x escapes', (text) => hex(text).replace(/../g, '\\x$&')],
  ['in %u escapes', (text) => unicodeEscape(text).replaceAll('\\', '%')],
  ['in \\u{} escapes', (text) => Array.from(text, (c) => `\\u{${c.codePointAt(0)?.toString(16)}}`).join('')],
  ['in HTML entities', entities],
  ['in decimal HTML entities', decimalEntities],
  ['in base64', base64],
  ['in base64 without padding', (text) => base64(text).replace(/=+$/, '')],
  ['in base64url', (text) => utf8(text).toString('base64url')],
  ['in base64 with something before it', (text) => base64(`id:${text}`)],
  ['in hex', hex],
  ['in hex, in upper case', (text) => hex(text).toUpperCase()],
  ['in hex, byte by byte', (text) => hex(text).replace(/..(?!$)/g, '$&:')],
  // As .NET writes bytes.
  [
    'in hex, byte by byte with dashes, in upper case',
    (text) =>
      hex(text)
        .toUpperCase()
        .replace(/..(?!$)/g, '$&-'),
  ],
  ['in upper case', (text) => text.toUpperCase()],
  ['with zero-width spaces in it', (text) => text.split('').join('\u200b')],
  ['with soft hyphens in it', (text) => text.split('').join('\u00ad')],
  ['with control characters in it', (text) => text.split('').join('\u0000')],
  ['broken into lines', (text) => text.replace(/.{3}/gu, '$&\r\n')],
]

describe('a secret is found in every form in which servers repeat it', () => {
  const secret = `p@ss wörd/+"\\'(1)*~<&>`
  const holdsSecret = createSecretFinder([secret])
  // Not all of them in upper case: base64 has two cases, and so have the letters of an escape.
  const inner = encodings.filter(([name]) => name !== 'in upper case')

  it.each(encodings)('%s', (_, encode) => {
    expect(holdsSecret(encode(secret))).toBe(true)
    expect(holdsSecret(`before ${encode(secret)} after`)).toBe(true)
    expect(holdsSecret(`token/${encode(secret)}?`)).toBe(true)
  })
  it.each(inner)('twice, with the inner form %s', (_, encode) => {
    for (const [name, again] of inner) {
      // Base64 of a text that was broken into lines is one that was broken before it was encoded, and so on: all of them but these two.
      if (name !== 'broken into lines') expect(`${name}: ${holdsSecret(again(encode(secret)))}`).toBe(`${name}: true`)
    }
  })
  it.each([
    ['percent, percent, percent', percent(percent(percent(secret)))],
    ['base64, percent, base64', base64(percent(base64(secret)))],
    ['JSON in JSON in percent', percent(jsonEscape(jsonEscape(secret)))],
    ['entities in JSON in entities', entities(jsonEscape(entities(secret)))],
    ['hex in base64 in hex', hex(base64(hex(secret)))],
  ])('three times: %s', (_, echoed) => expect(holdsSecret(`x ${echoed} y`)).toBe(true))

  it.each([
    ['a percent sign', 'code%20x%2F'],
    ['a backslash', 'a\\u0041\\x41\\n'],
    ['an entity', 'a&amp;b&#65;c'],
    ['base64', 'dGVzdDp0ZXN0'],
    ['hex', '68756e746572'],
    ['a plus and a space', 'a+b c+d'],
  ])('also where it holds %s itself', (_, own) => {
    for (const [, encode] of encodings) expect(createSecretFinder([own])(encode(own))).toBe(true)
  })

  it('its first 12 characters are enough: a server may cut it', () => {
    const long = 'abcdefghijklmnopqrstuvwxyz'
    const holdsLong = createSecretFinder([long])
    expect(holdsLong('Not abcdefghijkl…')).toBe(true)
    expect(holdsLong('Not ABCDEFGHIJKL…')).toBe(true)
    expect(holdsLong(base64('abcdefghijkl'))).toBe(true)
    expect(holdsLong('Not abcdefghijk…')).toBe(false)
    expect(holdsLong('bcdefghijklmnopqrstuvwxyz')).toBe(false)
  })

  it.each(['', 'a', 'ab', 'abc'])('a secret of fewer than four characters is left alone: %j', (short) => {
    expect(createSecretFinder([short])('abc abcd')).toBe(false)
  })
  it('one of four is not', () => expect(createSecretFinder(['abcd'])('xabcdx')).toBe(true))
  it('any of several', () => {
    const holdsAny = createSecretFinder(['first-secret', 'second-secret'])
    expect([holdsAny('first-secret'), holdsAny('second-secret'), holdsAny('third-secret')]).toEqual([true, true, false])
  })
  it('white space alone is no secret', () => expect(createSecretFinder(['    ', '++++'])('a b + c')).toBe(false))
  it('a lone surrogate breaks nothing', () => {
    expect(createSecretFinder(['a\ud800bcd'])('a\ud800bcd')).toBe(true)
    expect(createSecretFinder(['abcd'])('\udc00 %ff %E0%A4 &#x110000; \\u{ffffff} &#99999999;')).toBe(false)
  })
  it('what is no secret is none', () => {
    for (const words of [
      'The refresh token has expired.',
      'AADSTS70008: The provided authorization code or refresh token has expired. Trace ID: 30c6b2a1-0f2e-4a53-a9a1-0b8f1a7a1d00',
      'Invalid username or password &amp; co. %20 \\u0041',
    ]) {
      expect(createSecretFinder(['hunter2', 's3cret', 'correct horse battery staple', 'eyJhbGciOiJIUzI1NiJ9.e30.x'])(words)).toBe(false)
    }
  })

  it('a text that is made to be decoded for long takes no long time', () => {
    const text = base64(base64(base64('x'.repeat(4000)))) + percent(percent('é'.repeat(1000))) + 'a1'.repeat(4000)
    const startedAt = performance.now()
    cleanDescription(text, createSecretFinder(Array.from({ length: 20 }, (_, n) => `secret-number-${n}`)))
    expect(performance.now() - startedAt).toBeLessThan(500)
  })
})

describe('a description', () => {
  const holdsSecret = createSecretFinder(['hunter2'])
  const clean = (text: string) => cleanDescription(text, holdsSecret)
  it('with a secret in it is not shown at all', () => {
    expect(clean('Wrong password: hunter2!')).toBeUndefined()
    expect(clean(`${'x'.repeat(196)}hunter2`)).toBeUndefined()
  })
  it('is cut to 200 characters', () => {
    expect(clean('x'.repeat(300))).toBe('x'.repeat(200))
    expect(clean('x'.repeat(1_000_000))).toBe('x'.repeat(200))
  })
  it('has no control characters, which forge lines of logs and turn text around', () => {
    expect(clean('a\r\nb\u0000c\u001b[31md\u202ee\u2028f\u200bg')).toBe('a b c [31md e f g')
  })
  it('is well-formed also when cut in mid-character', () => expect(clean(`${'x'.repeat(199)}😀`)?.isWellFormed()).toBe(true))
  it.each(['', ' ', '\u0000\n'])('of nothing is none: %j', (text) => expect(clean(text)).toBeUndefined())
})

it.each([
  ['https://u:p@a.example:8443/b/c?d=e#f', 'https://a.example:8443/b/c'],
  ['no URL', ''],
])('a URL is shown without what may be secret: %s', (url, expected) => expect(cleanUrl(url)).toBe(expected))

describe('a cause', () => {
  const coded = (code: unknown, more: object = {}) => Object.assign(new Error('secret'), { code, ...more })
  it.each<[string, unknown, string, string | undefined]>([
    ['its own code', Object.assign(new TypeError('secret'), { code: 'ECONNREFUSED' }), 'TypeError', 'ECONNREFUSED'],
    ['the code of its cause (Node)', new TypeError('secret', { cause: { code: 'ENOTFOUND', secret: 1 } }), 'TypeError', 'ENOTFOUND'],
    ['one deeper down', new Error('x', { cause: new Error('secret', { cause: coded('EPIPE') }) }), 'Error', 'EPIPE'],
    [
      'that of two refused addresses',
      new TypeError('secret', { cause: new AggregateError([new Error('secret'), coded('ECONNREFUSED')]) }),
      'TypeError',
      'ECONNREFUSED',
    ],
    ['a TLS code with digits', coded('ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION'), 'Error', 'ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION'],
    ['one with a slash', coded('ERR_SSL_SSL/TLS_ALERT_HANDSHAKE_FAILURE'), 'Error', 'ERR_SSL_SSL/TLS_ALERT_HANDSHAKE_FAILURE'],
    ['that of a certificate', coded('DEPTH_ZERO_SELF_SIGNED_CERT'), 'Error', 'DEPTH_ZERO_SELF_SIGNED_CERT'],
    ['that of HTTP/2', coded('ERR_HTTP2_STREAM_ERROR'), 'Error', 'ERR_HTTP2_STREAM_ERROR'],
    ['that of Bun', coded('ConnectionRefused'), 'Error', 'ConnectionRefused'],
    ['no words', coded('a secret'), 'Error', undefined],
    ['no JWT', coded('eyJhbGciOiJIUzI1NiJ9'), 'Error', undefined],
    ['no beginning of one', coded('eyJhbGciOiJIUzI'), 'Error', undefined],
    ['no access key', coded('AKIAIOSFODNN7EXAMPLE'), 'Error', undefined],
    ['no token with an underscore', coded('ghp_16C7e42F292c6912E7710c838347Ae178B4a'), 'Error', undefined],
    ['nothing long', coded(`E_${'A'.repeat(70)}`), 'Error', undefined],
    ['no number', coded(5, { name: 'a secret' }), 'Error', undefined],
    ['the code of the cause where its own is none', coded('a secret', { cause: coded('EPIPE') }), 'Error', 'EPIPE'],
    ['nothing of a text', 'secret', 'Error', undefined],
    ['nothing of null', null, 'Error', undefined],
    ['nothing of undefined', undefined, 'Error', undefined],
    [
      'nothing where a getter throws',
      {
        get code() {
          throw new Error('secret')
        },
      },
      'Error',
      undefined,
    ],
  ])('keeps %s', (_, thrown, name, code) => {
    const cause = cleanCause(thrown)
    expect(cause).toBeInstanceOf(Error)
    expect([cause.name, cause.code]).toEqual([name, code])
    expect(inspect(cause, { depth: Infinity, showHidden: true })).not.toMatch(/secret/)
  })
  it('with thousands of errors, each of them the whole → is read at once', () => {
    const error = new AggregateError([])
    error.errors = Array.from({ length: 3_000 }, () => error)
    const startedAt = performance.now()
    expect(cleanCause(error).code).toBeUndefined()
    expect(performance.now() - startedAt).toBeLessThan(500)
  })
  it('that is its own cause ends', () => {
    const error = new Error('x')
    error.cause = error
    expect(cleanCause(error).code).toBeUndefined()
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
const bodies: Encoding[] = ['form', 'json', 'query']

type Fault = (request: SeenRequest) => Promise<unknown>
const all = Object.values(canaries).join(' ')
/** The request as it came, and as a server reads it. */
function echo(request: SeenRequest): string {
  return [request.url, request.headers.get('authorization'), request.body, ...secretsOf(request)].join(' ')
}
const faults: [string, Fault][] = [
  ['an error description that echoes the request', async (request) => oauthError(echo(request), 400)],
  ['one that echoes its headers and raw body', async (request) => oauthError(JSON.stringify([request.url, [...request.headers]]), 401)],
  ['one with every secret the request holds, each way', async (request) => oauthError(everyForm(secretsOf(request)), 400)],
  ['an error that is the request', async (request) => Response.json({ error: echo(request) }, { status: 400 })],
  ['an outage that echoes it', async (request) => oauthError(echo(request), 503)],
  ['a page with it', async (request) => new Response(`<html>${echo(request)}`, { headers: { 'content-type': 'text/html' } })],
  ['truncated JSON with it', async (request) => new Response(`{"access_token":"${echo(request)}`)],
  ['an unusable token', async () => Response.json({ access_token: `${all}\r\n` })],
  ['an absurdly long one', async () => Response.json({ access_token: all.replaceAll(/\s/g, '').repeat(500) })],
  [
    'a redirect with it',
    async (request) =>
      new Response(null, { status: 307, headers: { location: `https://evil.example/?${encodeURIComponent(echo(request))}` } }),
  ],
  ['429 with it', async (request) => new Response(echo(request), { status: 429, headers: { 'retry-after': '7' } })],
  [
    'a fetch that throws it',
    async (request) =>
      Promise.reject(Object.assign(new TypeError(echo(request)), { request, code: canaries.code, name: canaries.password })),
  ],
  [
    'a fetch that throws it deep inside',
    async (request) => Promise.reject(new Error('x', { cause: new Error(echo(request), { cause: request }) })),
  ],
  ['a body that throws it', async (request) => brokenBody(new Error(echo(request)))],
  ['silence', silent as Fault],
]

describe('no error shows a secret', () => {
  beforeEach(() => void vi.useFakeTimers())
  afterEach(() => void vi.useRealTimers())

  it.each(faults)('%s', async (_, fault) => {
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

  it.each(faults)('not the hash of a password either: %s', async (_, fault) => {
    const { provider, grant } = dive({
      clientKey: canaries.clientSecret.replaceAll(/[^\w/+]/g, ''),
      username: 'u',
      password: canaries.password,
    })
    searchForCanaries(await errorOf(provider, grant, fault, 'ask'))
  })

  it('a secret that cannot be a header', async () => {
    const provider: Provider = {
      name: 'x',
      apiUrl: 'https://a.example',
      tokenUrl: 'https://a.example/t',
      tokenRequest: { clientAuthentication: 'basic-raw' },
    }
    const grant = clientCredentials({ ...client, clientSecret: `${canaries.code}\r\nX: ${canaries.clientSecret}\u0100` })
    searchForCanaries(await errorOf(provider, grant, async () => new Response(), 'ask'))
  })

  it('the search finds what it looks for', () => {
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
  return bodies.flatMap((encoding) =>
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
  const { fetch } = createTokenEndpoint(fault, fault)
  const source = createTokenSource({ provider, grant, fetch, retry: { retries: 0, minDelayMs: 0 } })
  const outcome = (method === 'ask' ? source.ask() : source.present(held)).then(
    (answer) => (answer.is === 'refused' ? answer.error : expect.unreachable(`It was taken for a token: ${JSON.stringify(answer)}`)),
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
function secretsOf(request: SeenRequest): string[] {
  const { body } = request
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
