import { describe, expect, test } from 'vitest'
import { isTokenwellError, type TokenwellError } from '../../../src/base/errors.ts'
import { createRedactor } from '../../../src/base/redact.ts'
import { parseTokenResponse } from '../../../src/endpoint/parse-token-response.ts'
import type { TokenReply } from '../../../src/endpoint/send-token-request.ts'
import type { Token } from '../../../src/token/token.ts'
import type { Provider, TokenResponseProfile } from '../../../src/vocabulary/provider.ts'

const now = Date.parse('2026-03-01T12:00:00Z')
const year = 365 * 86_400_000
const secret = 'hunter2-hunter2'
const jwt = (claims: unknown) => `${btoa('{"alg":"none"}')}.${btoa(JSON.stringify(claims))}.c2ln`

interface Given {
  status?: number
  type?: string
  profile?: TokenResponseProfile
  renewal?: Provider['renewal']
  previous?: Partial<Token>
  reply?: Partial<TokenReply>
}

function parse(
  text: string | undefined,
  { status = 200, type = 'application/json', profile, renewal, previous, reply }: Given = {},
): Token {
  const provider: Provider = {
    name: 'test',
    apiUrl: 'https://api.example',
    tokenUrl: 'https://auth.example/token',
    ...(profile && { tokenResponse: profile }),
    ...(renewal && { renewal }),
  }
  return parseTokenResponse(
    { status, contentType: type, text, requestedAt: now, receivedAt: now + 50, ...reply },
    { provider, url: `https://auth.example/token?client_secret=${secret}`, previous, redact: createRedactor([secret]) },
  )
}

function failure(...given: Parameters<typeof parse>): TokenwellError {
  try {
    parse(...given)
  } catch (error) {
    if (isTokenwellError(error)) return error
    throw error
  }
  throw new Error('It was accepted.')
}

const json = (value: unknown) => JSON.stringify(value)
const deep = (depth: number) => `${'['.repeat(depth)}${']'.repeat(depth)}`

describe('garbage is one typed error', () => {
  test.each<[string, string | undefined, Given]>([
    ['204', '', { status: 204, type: '' }],
    ['nothing', '', {}],
    ['white space', ' \r\n\t', {}],
    ['a byte order mark alone', '\uFEFF', {}],
    ['a page', '<!doctype html><title>Sign in</title>', { type: 'text/html' }],
    ['a page that says it is JSON', '<html></html>', {}],
    ['a page with a form', '<form action=a?access_token=b>', { type: 'text/html' }],
    ['an empty object', '{}', {}],
    ['an array', '[{"access_token":"a"}]', {}],
    ['null', 'null', {}],
    ['a number', '42', {}],
    ['true', 'true', {}],
    ['a text', '"token"', {}],
    ['truncated', '{"access_token":"abc', {}],
    ['truncated, where the reply is the token', '{"access_token":"abc', { profile: { accessToken: '' } }],
    ['a page, where the reply is the token', '<html>', { type: 'text/plain', profile: { accessToken: '' } }],
    ['a word of a page, where the reply is the token', 'token', { type: 'text/html; charset=utf-8', profile: { accessToken: '' } }],
    ['an object, where the reply is the token', '{"a":"b"}', { profile: { accessToken: '' } }],
    ['a number, where the reply is the token', '42', { profile: { accessToken: '' } }],
    ['words, where the reply is the token', 'Not Found', { type: 'text/plain', profile: { accessToken: '' } }],
    ['a bare token, where it is not expected', 'abcdef', { type: 'text/plain' }],
    ['too long', undefined, {}],
    ['a token that is a number', json({ access_token: 1 }), {}],
    ['a token that is an object', json({ access_token: { a: 1 } }), {}],
    ['a token that is a list', json({ access_token: ['a'] }), {}],
    ['a token that is true', json({ access_token: true }), {}],
    ['a token that is null', json({ access_token: null }), {}],
    ['a token that is empty', json({ access_token: '' }), {}],
    ['a token with a space', json({ access_token: 'a b' }), {}],
    ['a token with a line break', json({ access_token: 'a\r\nX-Evil: 1' }), {}],
    ['a token beyond ASCII', json({ access_token: 'tökén' }), {}],
    ['a token of 1 MB', json({ access_token: 'a'.repeat(1_000_000) }), {}],
    ['a token of 16 KiB and one', json({ access_token: 'a'.repeat(16_385) }), {}],
    ['an inherited token', '{"__proto__":{"access_token":"a"}}', {}],
    ['the constructor', '{}', { profile: { accessToken: 'constructor.name' } }],
    ['the prototype', '{}', { profile: { accessToken: '__proto__.constructor.name' } }],
    ['a property of a text', '"abc"', { profile: { accessToken: '0' } }],
    ['a hundred thousand brackets', deep(100_000), {}],
    ['brackets in an extra field', `{"access_token":"a","x":${deep(100_000)}}`, { profile: { extra: ['x'] } }],
    ['401 without a word', '', { status: 401, type: '' }],
    ['404 with a page', '<html>', { status: 404, type: 'text/html' }],
    ['405 with JSON that is not OAuth', json({ detail: 'no' }), { status: 405 }],
    ['an application’s nested error', json({ error: { code: 403, message: 'no' } }), { status: 403 }],
    [
      'a failing isSuccess',
      json({ access_token: 'a' }),
      {
        profile: {
          isSuccess: () => {
            throw new Error(secret)
          },
        },
      },
    ],
    [
      'a failing error mapping',
      json({ access_token: 'a' }),
      { profile: { error: (_, body) => (body as never as { x: { y: never } }).x.y } },
    ],
    ['isSuccess says no', json({ access_token: 'a' }), { profile: { isSuccess: () => false } }],
  ])('%s', (_, text, given) => {
    expect(failure(text, given)).toMatchObject({
      code: 'invalid_token_response',
      retryable: true,
      status: given.status ?? 200,
      url: 'https://auth.example/token',
    })
  })
})

describe('a token is found', () => {
  test.each<[string, string, Given]>([
    ['in JSON', json({ access_token: 'abc' }), {}],
    ['after a byte order mark', `\uFEFF${json({ access_token: 'abc' })}`, {}],
    ['among white space', `\n ${json({ access_token: 'abc' })} \n`, {}],
    ['in JSON that says it is text', json({ access_token: 'abc' }), { type: 'text/plain' }],
    ['in JSON that says it is a page', json({ access_token: 'abc' }), { type: 'text/html' }],
    ['in JSON that says it is a form', json({ access_token: 'abc' }), { type: 'application/x-www-form-urlencoded' }],
    ['in JSON that says nothing', json({ access_token: 'abc' }), { type: '' }],
    ['in JSON of another subtype', json({ access_token: 'abc' }), { type: 'application/vnd.api+json' }],
    ['with duplicate keys, the last one', '{"access_token":"x","access_token":"abc"}', {}],
    ['in a form', 'access_token=abc&scope=a', { type: 'application/x-www-form-urlencoded' }],
    ['in a form that says it is text', 'access_token=abc&scope=a', { type: 'text/plain' }],
    ['in a form that says it is JSON', 'access_token=abc', {}],
    ['at a path', json({ data: { token: 'abc' } }), { profile: { accessToken: 'data.token' } }],
    ['at an index', json({ tokens: [{ token: 'x' }, { token: 'abc' }] }), { profile: { accessToken: 'tokens.1.token' } }],
    ['at the second path', json({ a: null, b: 'abc' }), { profile: { accessToken: ['a', 'b'] } }],
    ['at the second path, the first being empty', json({ a: '', b: 'abc' }), { profile: { accessToken: ['a', 'b'] } }],
    ['beside a path through null', json({ a: null, b: 'abc' }), { profile: { accessToken: ['a.x', 'b'] } }],
    ['as the whole reply', 'abc\n', { type: 'text/plain', profile: { accessToken: '' } }],
    ['as the whole reply that says it is JSON', 'abc', { profile: { accessToken: '' } }],
    ['as a JSON text', '"abc"', { profile: { accessToken: '' } }],
    ['either way', 'abc', { type: '', profile: { accessToken: ['token', ''] } }],
    ['under a key with a space', json({ 'access token': 'abc' }), { profile: { accessToken: 'access token' } }],
    ['under the key __proto__', '{"__proto__":"abc"}', { profile: { accessToken: '__proto__' } }],
    ['with status 201', json({ access_token: 'abc' }), { status: 201 }],
    ['beside an empty error', json({ access_token: 'abc', error: '' }), {}],
    ['beside error: null', json({ access_token: 'abc', error: null }), {}],
    ['beside error: false', json({ access_token: 'abc', error: false }), {}],
    ['where isSuccess says yes', json({ access_token: 'abc', error: 'none' }), { status: 400, profile: { isSuccess: () => true } }],
    ['where no error is mapped', json({ access_token: 'abc' }), { profile: { error: () => undefined } }],
  ])('%s', (_, text, given) => {
    const token = parse(text, given)
    expect(token.accessToken).toBe('abc')
    expect(token.expiresAt).toBe(now + 3_600_000)
  })

  test('of 16 KiB', () => expect(parse(json({ access_token: 'a'.repeat(16_384) })).accessToken).toHaveLength(16_384))
  test('a bare token may end in =', () =>
    expect(parse('YWJj==', { type: 'text/plain', profile: { accessToken: '' } }).accessToken).toBe('YWJj=='))
})

describe('a server says no, or later', () => {
  const oauth = (error: unknown, errorDescription?: unknown) => json({ error, error_description: errorDescription })
  test.each<[string, string, Given, object]>([
    ['400', oauth('invalid_grant', 'used'), { status: 400 }, { code: 'refused', error: 'invalid_grant', errorDescription: 'used' }],
    ['401', oauth('invalid_client'), { status: 401 }, { code: 'refused', error: 'invalid_client' }],
    ['200', oauth('invalid_grant'), {}, { code: 'refused', error: 'invalid_grant' }],
    ['200, and no text', json({ error: { code: 403 }, access_token: 'a' }), {}, { code: 'refused' }],
    ['200, and true', json({ error: true, access_token: 'a' }), {}, { code: 'refused' }],
    ['200 beside a token', json({ error: 'invalid_grant', access_token: 'a' }), {}, { code: 'refused' }],
    [
      'a form',
      'error=invalid_scope&error_description=a+b',
      { status: 400, type: 'text/plain' },
      { error: 'invalid_scope', errorDescription: 'a b' },
    ],
    ['an unknown code', oauth('consent_required'), { status: 400 }, { code: 'refused', error: 'consent_required' }],
    ['500', oauth('invalid_grant'), { status: 500 }, { code: 'unavailable', error: 'invalid_grant' }],
    ['429', oauth('invalid_request'), { status: 429 }, { code: 'unavailable' }],
    ['503 with a page', '<html>', { status: 503, type: 'text/html' }, { code: 'unavailable', status: 503 }],
    ['503 with nothing', '', { status: 503, type: '' }, { code: 'unavailable' }],
    ['503, too long', undefined as never, { status: 503 }, { code: 'unavailable' }],
    ['400 server_error', oauth('server_error'), { status: 400 }, { code: 'unavailable', error: 'server_error' }],
    ['200 slow_down', oauth('slow_down'), {}, { code: 'unavailable', error: 'slow_down' }],
    ['a description that is no text', oauth('invalid_grant', { a: 1 }), { status: 400 }, { error: 'invalid_grant' }],
  ])('%s', (_, text, given, expected) => expect(failure(text, given)).toMatchObject(expected))

  const mapping = (error: string, errorDescription?: string): TokenResponseProfile => ({ error: () => ({ error, errorDescription }) })
  test.each<[string, string | undefined, Given, object]>([
    ['over a status that says later', '', { status: 500, profile: mapping('invalid_grant') }, { code: 'refused', error: 'invalid_grant' }],
    ['over a reply that is not OAuth', '<html>', { profile: mapping('invalid_client') }, { code: 'refused', error: 'invalid_client' }],
    ['over a reply that is too long', undefined, { profile: mapping('invalid_client') }, { code: 'refused' }],
    [
      'over a token',
      json({ access_token: 'a' }),
      { profile: mapping('invalid_scope', 'x') },
      { error: 'invalid_scope', errorDescription: 'x' },
    ],
    ['over the server’s own code', oauth('invalid_token'), { status: 401, profile: mapping('invalid_grant') }, { error: 'invalid_grant' }],
    [
      'over isSuccess',
      json({ access_token: 'a' }),
      { profile: { ...mapping('invalid_grant'), isSuccess: () => true } },
      { code: 'refused' },
    ],
    ['also with «later»', oauth('invalid_grant'), { status: 400, profile: mapping('temporarily_unavailable') }, { code: 'unavailable' }],
  ])('what the profile maps wins %s', (_, text, given, expected) => expect(failure(text, given)).toMatchObject(expected))

  test.each<[string | undefined, string, unknown]>([
    ['', 'text/plain', undefined],
    [undefined, 'text/plain', undefined],
    ['Server Error (500)', 'text/plain', 'Server Error (500)'],
    ['<html>', 'text/html', '<html>'],
    ['null', 'application/json', null],
    ['a=b', '', { a: 'b' }],
  ])('the profile is asked about %j', (text, type, expected) => {
    const seen: unknown[] = []
    const note = (status: number, body: unknown) => {
      seen.push([status, body])
      return undefined
    }
    failure(text, { status: 500, type, profile: { error: note, isSuccess: (...given) => Boolean(note(...given)) } })
    expect(seen).toEqual([
      [500, expected],
      [500, expected],
    ])
  })

  test('an error that is no code is shown as a description, cleaned', () => {
    const error = failure(oauth(`The secret\n${secret} is wrong`), { status: 400 })
    expect(error).toMatchObject({ code: 'refused', errorDescription: 'The secret [secret] is wrong' })
    expect(error.error).toBeUndefined()
  })
  test.each([[secret], [`x${secret}`], ['a'.repeat(65)], ['a\u0000b'], ['é'], ['a b']])(
    'an error of %j is not taken for a code',
    (code) => {
      expect(failure(oauth(code), { status: 400 }).error).toBeUndefined()
    },
  )
  test('a secret that is part of a standard code does not hide it', () => {
    const context = {
      provider: { name: 'test', apiUrl: 'https://a.example', tokenUrl: 'https://a.example' },
      url: 'https://a.example',
      redact: createRedactor(['client']),
    }
    const reply = { status: 401, contentType: '', text: oauth('invalid_client'), requestedAt: now, receivedAt: now }
    expect(() => parseTokenResponse(reply, context)).toThrowError(expect.objectContaining({ error: 'invalid_client' }))
  })
  test('a description is cut to 200 characters after it was masked', () => {
    const { errorDescription = '' } = failure(oauth('invalid_grant', `${'x'.repeat(195)}${secret}`), { status: 400 })
    expect(errorDescription).toHaveLength(200)
    expect(errorDescription).not.toContain('hunt')
  })
  test('messages say what to do', () => {
    expect(failure(oauth('invalid_client'), { status: 401 }).message).toMatch(/check clientId and clientSecret/)
    expect(failure('<html>').message).toMatch(/check tokenUrl/)
    expect(failure('', { status: 503 }).message).toMatch(/try again later/)
  })
})

describe('what a reply leaves out is kept', () => {
  const previous: Partial<Token> = {
    accessToken: 'old',
    refreshToken: 'r0',
    tokenType: 'JWT',
    scope: ['a'],
    extra: { site: 'x', other: 1 },
    refreshableUntil: now + 777,
  }
  test('of a token that was presented', () => {
    expect(parse(json({ access_token: 'abc' }), { previous, profile: { extra: ['site'] } })).toEqual({
      accessToken: 'abc',
      tokenType: 'JWT',
      refreshToken: 'r0',
      refreshableUntil: now + 777,
      scope: ['a'],
      extra: { site: 'x', other: 1 },
      issuedAt: now,
      expiresAt: now + 3_600_000,
    })
  })
  test('what it has is new', () => {
    const reply = { access_token: 'abc', refresh_token: 'r1', token_type: 'bearer', scope: 'b', site: 'y' }
    expect(parse(json(reply), { previous, profile: { extra: ['site'] } })).toMatchObject({
      refreshToken: 'r1',
      tokenType: 'bearer',
      scope: ['b'],
      extra: { site: 'y' },
    })
  })
  test.each([[null], [''], [5], [{}], ['é'], ['a\nb'], ['r'.repeat(16_385)]])('a refresh token of %j counts as absent', (value) => {
    expect(parse(json({ access_token: 'abc', refresh_token: value }), { previous }).refreshToken).toBe('r0')
    expect(parse(json({ access_token: 'abc', refresh_token: value }))).not.toHaveProperty('refreshToken')
  })
  test('a refresh token may hold spaces (RFC 6749 §A.17)', () =>
    expect(parse(json({ access_token: 'abc', refresh_token: 'a b' })).refreshToken).toBe('a b'))
  test('without anything there are no empty fields', () =>
    expect(Object.keys(parse(json({ access_token: 'abc' }))).sort()).toEqual(['accessToken', 'expiresAt', 'issuedAt', 'tokenType']))
})

describe('how long a token can be renewed', () => {
  const until = (reply: object, given: Given = {}) => {
    const { refreshableUntil } = parse(json({ access_token: 'abc', ...reply }), given)
    return refreshableUntil === undefined ? undefined : refreshableUntil - now
  }
  const refreshes: Given['renewal'] = { by: 'refresh_token', refreshLifetimeMs: 5000 }
  const presents: Given['renewal'] = {
    by: 'access_token',
    url: 'https://a.example',
    parameter: 'token',
    windowMs: 10_000,
    windowFrom: 'orig_iat',
  }
  const profile: TokenResponseProfile = { refreshExpiresIn: 'ri', refreshExpiresAt: 'ra' }

  test.each<[string, number | undefined, object, Given]>([
    ['nobody says', undefined, { refresh_token: 'r' }, {}],
    ['the provider says', 5000, { refresh_token: 'r' }, { renewal: refreshes }],
    ['the provider says, but there is no refresh token', undefined, {}, { renewal: refreshes }],
    ['the reply says', 60_000, { refresh_token: 'r', ri: 60 }, { renewal: refreshes, profile }],
    ['the reply says, in ms', 60, { refresh_token: 'r', ri: '60' }, { renewal: refreshes, profile: { ...profile, expiresInUnit: 'ms' } }],
    ['the reply says 0: no end', 5000, { refresh_token: 'r', ri: 0 }, { renewal: refreshes, profile }],
    ['the reply has garbage', 5000, { refresh_token: 'r', ri: 'x', ra: [] }, { renewal: refreshes, profile }],
    ['the reply says when', 90_000, { refresh_token: 'r', ra: now / 1000 + 90 }, { renewal: refreshes, profile }],
    ['the reply says when, past', 5000, { refresh_token: 'r', ra: 5 }, { renewal: refreshes, profile }],
    ['an old token is kept, with its end', 777, {}, { renewal: refreshes, previous: { refreshToken: 'r', refreshableUntil: now + 777 } }],
    [
      'a new one counts anew',
      5000,
      { refresh_token: 'r' },
      { renewal: refreshes, previous: { refreshToken: 'q', refreshableUntil: now + 777 } },
    ],
    ['a claim counts', 4000, { access_token: jwt({ orig_iat: now / 1000 - 6 }) }, { renewal: presents }],
    ['a claim in ms', 4000, { access_token: jwt({ orig_iat: now - 6000 }) }, { renewal: presents }],
    ['a claim from the future does not lengthen it', 10_000, { access_token: jwt({ orig_iat: now / 1000 + 60 }) }, { renewal: presents }],
    ['no claim: from the first issue', 10_000, {}, { renewal: presents }],
    ['no claim: as it was', 777, {}, { renewal: presents, previous: { refreshableUntil: now + 777 } }],
    ['a claim that is garbage', 10_000, { access_token: jwt({ orig_iat: 'x' }) }, { renewal: presents }],
    [
      'the claim is corrected by the server’s clock',
      4000,
      { access_token: jwt({ orig_iat: now / 1000 + 3600 - 6 }) },
      { renewal: presents, reply: { date: new Date(now + 3_600_000).toUTCString() } },
    ],
    ['by the grant', undefined, { refresh_token: 'r' }, { renewal: { by: 'grant' } }],
  ])('%s', (_, expected, reply, given) => expect(until(reply, given)).toBe(expected))
})

describe('scopes', () => {
  test.each<[unknown, string | undefined, string[] | undefined]>([
    ['a b', undefined, ['a', 'b']],
    [' a\t\nb  ', undefined, ['a', 'b']],
    ['user, password', ',', ['user', 'password']],
    ['user,password', ', ', ['user', 'password']],
    ['a+b', '+', ['a', 'b']],
    [',a,,', ',', ['a']],
    [['a', ' b ', '', null, 5], undefined, ['a', 'b']],
    ['', undefined, undefined],
    [' ', undefined, undefined],
    [null, undefined, undefined],
    [[], undefined, undefined],
    [5, undefined, undefined],
    [{ 0: 'a', length: 1 }, undefined, undefined],
  ])('%j split at %j', (scope, scopeSeparator, expected) => {
    expect(parse(json({ access_token: 'abc', scope }), { profile: { ...(scopeSeparator && { scopeSeparator }) } }).scope).toEqual(expected)
  })
})

test('a token is frozen through and through, and JSON keeps it', () => {
  const token = parse(json({ access_token: 'abc', scope: 'a b', deep: { list: [{ x: 1 }] } }), {
    profile: { extra: ['deep', 'deep.list.0.x', 'none'] },
  })
  expect(token.extra).toEqual({ deep: { list: [{ x: 1 }] }, 'deep.list.0.x': 1 })
  const frozen = (value: unknown): boolean =>
    typeof value !== 'object' || value === null || (Object.isFrozen(value) && Object.values(value).every(frozen))
  expect(frozen(token)).toBe(true)
  expect(JSON.parse(JSON.stringify(token))).toEqual(token)
})

test('what every object inherits is no field of a reply', () => {
  const extra = ['constructor', 'toString.name', '__proto__']
  expect(parse(json({ access_token: 'abc' }), { profile: { extra } }).extra).toEqual({})
  expect(Object.isFrozen(Object.prototype)).toBe(false)
})

test('only named fields are copied', () => {
  expect(parse(json({ access_token: 'abc', id_token: 'x', refreshToken: 'y', toJSON: 'z' }))).toEqual({
    accessToken: 'abc',
    tokenType: 'Bearer',
    issuedAt: now,
    expiresAt: now + 3_600_000,
  })
})

test('a thousand mutations of a reply: a token with a finite expiry, or a typed error', () => {
  // A linear congruential generator: the same thousand each time.
  let seed = 42
  const random = (below: number) => {
    seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31
    return Math.floor((seed / 2 ** 31) * below)
  }
  const original = json({
    access_token: jwt({ exp: now / 1000 + 60 }),
    expires_in: 60,
    refresh_token: 'r',
    scope: 'a b',
    token_type: 'bearer',
  })
  for (let round = 0; round < 1000; round++) {
    const at = random(original.length)
    const text = [
      () => original.slice(0, at),
      () => original.slice(at),
      () => `${original.slice(0, at)}${String.fromCharCode(random(256))}${original.slice(at + 1)}`,
      () => `${original.slice(0, at)}${original.slice(random(original.length))}`,
    ][random(4)]?.() as string
    const given = {
      status: [200, 400, 503][random(3)] as number,
      type: ['application/json', 'text/html', '', 'application/x-www-form-urlencoded'][random(4)] as string,
    }
    try {
      const token = parse(text, given)
      expect((token.expiresAt as number) - now).toBeGreaterThanOrEqual(0)
      expect((token.expiresAt as number) - now).toBeLessThanOrEqual(year)
    } catch (error) {
      if (!isTokenwellError(error)) throw error
    }
  }
})
