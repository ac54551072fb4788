import { describe, expect, it } from 'vitest'
import { InvalidTokenResponseError, isTokenwellError, type TokenwellError } from '../../../src/base/errors.ts'
import { readTokenReply } from '../../../src/endpoint/read-token-reply.ts'
import type { TokenReply } from '../../../src/endpoint/send-token-request.ts'
import type { TokenRequestKind } from '../../../src/endpoint/token-request-kind.ts'
import { bringAll } from '../../../src/providers/define-provider.ts'
import type { Token } from '../../../src/token/token.ts'
import type { Provider, TokenResponseProfile } from '../../../src/vocabulary/provider.ts'
import { jwt } from '../../support/jwt.ts'

const now = Date.parse('2026-03-01T12:00:00Z')
const secret = 'hunter2-hunter2'

interface Given {
  status?: number
  type?: string
  headers?: Record<string, string>
  profile?: TokenResponseProfile
  authorization?: NonNullable<Provider['authorization']>
  renewal?: Provider['renewal']
  provider?: Partial<Provider>
  previous?: Partial<Token>
  presents?: TokenRequestKind['presents']
  reply?: Partial<TokenReply>
}

function read(text: string | undefined, given: Given = {}) {
  const { status = 200, type = 'application/json', headers = {}, profile, authorization, renewal, previous, presents, reply } = given
  const own = given.provider
  const provider = bringAll({
    name: 'test',
    apiUrl: 'https://api.example',
    tokenUrl: 'https://auth.example/token',
    ...(profile && { tokenResponse: profile }),
    ...(authorization && { authorization }),
    ...(renewal && { renewal }),
    ...own,
  })
  const kind: TokenRequestKind = {
    provider,
    grant: { grantType: 'x' },
    way: presents ? 'present' : 'ask',
    url: provider.tokenUrl,
    profile: {},
    presents,
    usesUp: false,
  }
  return readTokenReply({
    plan: { kind, profile: {}, client: {}, parameters: {}, named: {}, secrets: [], previous },
    request: { url: `https://auth.example/token?client_secret=${secret}`, secrets: [secret] },
    reply: { status, text, headers: new Headers({ 'content-type': type, ...headers }), requestedAt: now, receivedAt: now + 50, ...reply },
  })
}

function parse(...given: Parameters<typeof read>): Token {
  const answer = read(...given)
  if (answer.is === 'refused') throw answer.error
  return answer.token
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

describe('a reply that grants nothing is one typed error', () => {
  it.each<[string, string | undefined, Given, string]>([
    ['204', '', { status: 204, type: '' }, 'unreadable_token_response'],
    ['nothing', '', {}, 'unreadable_token_response'],
    ['white space', ' \r\n\t', {}, 'unreadable_token_response'],
    ['a byte order mark alone', '\uFEFF', {}, 'unreadable_token_response'],
    ['a page', '<!doctype html><title>Sign in</title>', { type: 'text/html' }, 'unreadable_token_response'],
    ['a page with a form', '<form action=a?access_token=b>', { type: 'text/html' }, 'unreadable_token_response'],
    ['truncated', '{"access_token":"abc', {}, 'unreadable_token_response'],
    ['a bare token, where it is not expected', 'abcdef', { type: 'text/plain' }, 'unreadable_token_response'],
    ['too long', undefined, {}, 'unreadable_token_response'],
    ['an empty object', '{}', {}, 'invalid_token_response'],
    ['an array', '[{"access_token":"a"}]', {}, 'invalid_token_response'],
    ['null', 'null', {}, 'invalid_token_response'],
    ['a text', '"token"', {}, 'unreadable_token_response'],
    ['an inherited token', '{"__proto__":{"access_token":"a"}}', {}, 'invalid_token_response'],
    ['a hundred thousand brackets', deep(100_000), {}, 'invalid_token_response'],
    ['brackets in an extra field', `{"access_token":"a","x":${deep(100_000)}}`, { profile: { extra: ['x'] } }, 'invalid_token_response'],
    ['an application’s nested error', json({ error: { code: 403, message: 'no' } }), { status: 403 }, 'refused'],
    ['401 without a word', '', { status: 401, type: '' }, 'refused'],
    ['404 as a page', '<html>', { status: 404, type: 'text/html' }, 'not_a_token_endpoint'],
    ['405 with JSON that is not OAuth', json({ detail: 'no' }), { status: 405 }, 'not_a_token_endpoint'],
  ])('%s', (_, text, given, code) => {
    expect(failure(text, given)).toMatchObject({
      code,
      retryable: code === 'unreadable_token_response',
      status: given.status ?? 200,
      url: 'https://auth.example/token',
      reply: { status: given.status ?? 200 },
    })
  })
})

describe('a token that is there and cannot be used', () => {
  it.each<[string, unknown, RegExp, Given?]>([
    ['a number', 1, /access_token is a number, not a string/],
    ['an object', { a: 1 }, /access_token is a object, not a string/],
    ['a list', ['a'], /access_token is a list, not a string/],
    ['true', true, /access_token is a boolean, not a string/],
    ['a space', 'a b', /access_token holds white space, or a character that no header can carry/],
    ['a line break', 'a\r\nX-Evil: 1', /access_token holds/],
    ['beyond ASCII', 'tökén', /access_token holds/],
    ['1 MB', 'a'.repeat(1_000_000), /access_token is longer than 16384 characters/],
    ['16 KiB and one', 'a'.repeat(16_385), /is longer/],
    ['white space alone', ' \n', /access_token is empty/],
    ['a scheme alone', 'Bearer  ', /access_token is empty/],
    ['at the second path', undefined, /data\.token is a number/, { profile: { accessToken: ['token', 'data.token'] } }],
  ])('%s: the message names the field and the reason', (_, accessToken, message, given = {}) => {
    const error = failure(json({ access_token: accessToken, data: { token: 7 } }), given)
    expect(error).toBeInstanceOf(InvalidTokenResponseError)
    expect(error).toMatchObject({ code: 'invalid_token_response', retryable: false, message: expect.stringMatching(message) })
  })

  it('where it is not there, the message names the path and the fields that are', () => {
    expect(failure(json({ token: 'x', user: { id: 1 } })).message).toMatch(
      /without a token at access_token \(top-level fields: token, user\)/,
    )
    expect(failure('{}', { profile: { accessToken: ['a.b', 'c'] } }).message).toMatch(/at a\.b or c \(top-level fields: none\)/)
    expect(failure('42', { profile: { accessToken: '' } }).message).toMatch(/at the reply itself/)
  })
  it('where it is looked for in headers alone, the message says how to name a refusal', () => {
    const { message, retryable } = failure('<html>Wrong password', { type: 'text/html', profile: { accessToken: 'cookie:sid' } })
    expect(message).toMatch(/without a token at cookie:sid .* tokenResponse\.error: \{ path: '', contains: /)
    expect(retryable).toBe(false)
    expect(failure('{}').message).not.toContain('tokenResponse.error')
  })
})

describe('what stands around a token is taken off', () => {
  it.each<[string, string, NonNullable<Provider['authorization']>?]>([
    ['a line break', 'abc\n'],
    ['white space', ' \t abc \r\n'],
    ['a byte order mark', '\uFEFFabc'],
    ['the scheme Bearer', 'Bearer abc'],
    ['it in another case, and more than a space', 'bearer \t abc\n'],
    ['the provider’s scheme', 'JWT abc', { scheme: 'JWT' }],
    ['it in another case', 'jwt abc', { scheme: 'JWT' }],
    ['Bearer where the provider has another scheme', 'Bearer abc', { scheme: 'JWT' }],
    ['a scheme with the signs of a regular expression', 'a+(b abc', { scheme: 'a+(b' }],
  ])('%s', (_, accessToken, authorization) => {
    expect(parse(json({ access_token: accessToken }), authorization ? { authorization } : {}).accessToken).toBe('abc')
    expect(parse(json(accessToken), { ...(authorization && { authorization }), profile: { accessToken: '' } }).accessToken).toBe('abc')
  })
  it('another scheme is not', () => expect(failure(json({ access_token: 'JWT abc' })).message).toMatch(/holds white space/))
  it('a token that begins like a scheme is a token', () =>
    expect(parse(json({ access_token: 'BearerToken' })).accessToken).toBe('BearerToken'))
})

describe('the type of a token', () => {
  it.each<[string, object, Given, string]>([
    ['the reply’s word', { token_type: 'bearer' }, { authorization: { scheme: 'JWT' } }, 'bearer'],
    ['that of the token before it', {}, { authorization: { scheme: 'JWT' }, previous: { tokenType: 'mac' } }, 'mac'],
    ['the provider’s scheme', {}, { authorization: { scheme: 'JWT' } }, 'JWT'],
    ['Bearer', {}, {}, 'Bearer'],
    ['Bearer where the bare token is sent', {}, { authorization: { scheme: '' } }, 'Bearer'],
    ['not what is no string', { token_type: 5 }, { authorization: { scheme: 'JWT' } }, 'JWT'],
  ])('is %s', (_, fields, given, expected) => {
    expect(parse(json({ access_token: 'abc', ...fields }), given).tokenType).toBe(expected)
  })
})

describe('a token is found', () => {
  it.each<[string, string, Given]>([
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

  it('of 16 KiB', () => expect(parse(json({ access_token: 'a'.repeat(16_384) })).accessToken).toHaveLength(16_384))
  it('a bare token may end in =', () =>
    expect(parse('YWJj==', { type: 'text/plain', profile: { accessToken: '' } }).accessToken).toBe('YWJj=='))
})

describe('a server says no', () => {
  const oauth = (error: unknown, errorDescription?: unknown) => json({ error, error_description: errorDescription })
  it.each<[string, string, Given, object]>([
    ['400', oauth('invalid_grant', 'used'), { status: 400 }, { code: 'refused', error: 'invalid_grant', errorDescription: 'used' }],
    ['401', oauth('invalid_client'), { status: 401 }, { code: 'refused', error: 'invalid_client' }],
    ['200', oauth('invalid_grant'), {}, { code: 'refused', error: 'invalid_grant' }],
    [
      'a form',
      'error=invalid_scope&error_description=a+b',
      { status: 400, type: 'text/plain' },
      { error: 'invalid_scope', errorDescription: 'a b' },
    ],
    ['an unknown code', oauth('bad_code'), { status: 400 }, { code: 'refused', error: 'bad_code' }],
    ['500', oauth('invalid_grant'), { status: 500 }, { code: 'unavailable', error: 'invalid_grant' }],
    ['429', oauth('invalid_request'), { status: 429 }, { code: 'unavailable' }],
    ['503, too long', undefined as never, { status: 503 }, { code: 'unavailable' }],
    ['400 server_error', oauth('server_error'), { status: 400 }, { code: 'unavailable', error: 'server_error' }],
    ['a description that is no text', oauth('invalid_grant', { a: 1 }), { status: 400 }, { error: 'invalid_grant' }],
  ])('%s', (_, text, given, expected) => expect(failure(text, given)).toMatchObject(expected))

  it.each<[string, Given, string | undefined]>([
    ['a refresh token', { presents: 'refresh_token' }, 'invalid_grant'],
    ['an access token', { presents: 'access_token' }, 'invalid_grant'],
    [
      'a refresh token, by a client that does not prove itself',
      { presents: 'refresh_token', headers: { 'www-authenticate': 'Basic realm="x"' } },
      'invalid_client',
    ],
    ['a refresh token, with another challenge', { presents: 'refresh_token', headers: { 'www-authenticate': 'Bearer' } }, 'invalid_grant'],
    ['credentials', {}, undefined],
    ['credentials, of a client that does not prove itself', { headers: { 'www-authenticate': 'Basic' } }, undefined],
  ])('a refusal without a word says of %s what it must mean', (_, given, error) => {
    for (const text of ['', json({ message: 'Unauthorized' }), json({ error: 'Unauthorized' })]) {
      const answer = read(text, { status: 401, ...given })
      expect(answer).toMatchObject({ is: 'refused', hasWord: false })
      expect(answer.is === 'refused' && answer.error.error).toBe(error)
    }
  })
  it('the Basic challenge of a 400 says nothing of the client', () => {
    const given: Given = { status: 400, presents: 'refresh_token', headers: { 'www-authenticate': 'Basic' } }
    expect(failure('{}', given).error).toBe('invalid_grant')
  })

  it.each<[string, string, string | undefined, Given?]>([
    ['a message', json({ message: 'Wrong password.' }), 'Wrong password.'],
    ['an error that is no code', json({ error: 'Bad credentials' }), 'Bad credentials'],
    ['a nested message', json({ error: { code: 'x', message: 'No such user' } }), 'No such user'],
    ['a list of errors', json({ errors: [{ message: 'First' }, { message: 'Second' }] }), 'First'],
    ['a list of texts', json({ non_field_errors: ['Unable to log in.'] }), 'Unable to log in.'],
    ['a detail', json({ detail: 'No active account', code: 'no_active_account' }), 'No active account'],
    ['WeChat’s errmsg', json({ errcode: 1, errmsg: 'bad' }), 'bad'],
    ['text', 'Invalid login', 'Invalid login', { type: 'text/plain' }],
    ['a message in a form', 'message=No+way', 'No way', { type: 'text/plain' }],
    ['nothing that is meant to be read', json({ request: 'abc', id: 'def' }), undefined],
    ['nothing', '', undefined],
    ['a page', '<html>Forbidden', undefined, { type: 'text/html' }],
    ['JSON that was cut: nothing in it has a name', '{"token":"tok-1","mess', undefined],
    ['a text that may hold fields', 'Bad: token=tok-1 in x', undefined, { type: 'text/plain' }],
    ['somebody’s JWT', json({ message: `Not ${jwt({ sub: 1 })}` }), undefined],
    ['what is nested too deep', json({ error: { error: { error: { error: { error: { error: 'deep' } } } } } }), undefined],
  ])('what it said is shown: %s', (_, text, expected, given = {}) => {
    const error = failure(text, { status: 401, ...given })
    expect(error.errorDescription).toBe(expected)
    if (expected) expect(error.message).toContain(`"${expected}"`)
  })

  it('a secret in what it said: nothing of it is shown', () => {
    for (const words of [`The secret\n${secret} is wrong`, `It is ${encodeURIComponent(btoa(secret))}`, `Not ${secret.slice(0, 12)}…`]) {
      for (const status of [200, 400, 401, 404, 503]) {
        for (const text of [oauth('invalid_grant', words), oauth(words), json({ message: words }), words]) {
          const error = failure(text, { status, type: text === words ? 'text/plain' : 'application/json' })
          expect(error.errorDescription).toBeUndefined()
          expect(JSON.stringify([error, error.message])).not.toContain('hunter2')
        }
      }
    }
  })
  it.each([
    ['token', json({ token: 'tok-abcdef', detail: 'Not tok-abcdef' })],
    ['refresh_token', json({ refresh_token: 'tok-abcdef', message: 'tok-abcdef has expired' })],
    ['nested', json({ data: { sessionToken: 'tok-abcdef' }, message: 'tok-abcdef' })],
  ])('a token that the reply names itself is one: %s', (_, text) => {
    const error = failure(text, { status: 400 })
    expect(error.errorDescription).toBeUndefined()
    expect(JSON.stringify([error, error.message])).not.toContain('tok-abcdef')
  })
  it('nor is a token shown that a mapping takes for words', () => {
    const profile: TokenResponseProfile = {
      error: (_, body) => ({ error: 'invalid_grant', errorDescription: (body as { token: string }).token }),
    }
    expect(failure(json({ token: 'tok-abcdef' }), { status: 400, profile })).not.toHaveProperty('errorDescription')
  })

  it.each([[secret], [`x${secret}`], ['a'.repeat(65)], ['a\u0000b'], ['é'], ['a b']])(
    'a word of the profile’s of %j is not shown',
    (error) => {
      const answer = read('{}', { status: 400, profile: { error: () => ({ error }) } })
      expect(answer).toMatchObject({ is: 'refused', hasWord: true })
      expect(answer.is === 'refused' && answer.error.error).toBeUndefined()
    },
  )
  it('a secret that is part of a standard code does not hide it', () => {
    const profile: TokenResponseProfile = { error: () => ({ error: 'invalid_client' }) }
    expect(failure(json({ client_secret: 'client' }), { status: 401, profile })).toMatchObject({ error: 'invalid_client' })
  })
  it('a description is cut to 200 characters', () => {
    expect(failure(oauth('invalid_grant', 'x'.repeat(500)), { status: 400 }).errorDescription).toHaveLength(200)
  })

  it.each<[string, string, Given, RegExp]>([
    [
      'who refused, with what, and what to do',
      oauth('invalid_client'),
      { status: 401 },
      /^test \(auth\.example\) refused \(invalid_client\).*clientSecret/,
    ],
    ['what a refused token may be', '', { status: 401, presents: 'refresh_token' }, /refused \(invalid_grant\).*expired/],
    [
      'to check the credentials and the request, where the server says nothing',
      '',
      { status: 400 },
      /refused \(400\)\. Check the credentials, and how the provider's tokenRequest asks\.$/,
    ],
    [
      'to check the credentials, where the server has a code',
      oauth('no_such_user'),
      { status: 401 },
      /\(no_such_user\)\. Check the credentials\.$/,
    ],
    [
      'to check the credentials, where the server has words',
      '{"message":"Not you."}',
      { status: 401 },
      /\(401\), saying "Not you\."\. Check the credentials\.$/,
    ],
    [
      'the URL of the wrong place',
      '',
      { status: 404 },
      /^https:\/\/auth\.example\/token is no token endpoint of test.*\(404\).*Check the URL/,
    ],
    [
      'what sets where the token is',
      '{"token":"a"}',
      {},
      /without a token at access_token.*Check tokenResponse\.accessToken, which defineProvider\(\) sets/,
    ],
    ['to try again later', '', { status: 503 }, /out of order \(503\).*again later/],
    ['that it was too often', '', { status: 429 }, /too often \(429\)/],
    ['what could not be read', '<html>', { type: 'text/html' }, /\(text\/html\).*Check https:\/\/auth\.example\/token/],
  ])('the message says %s', (_, text, given, message) => expect(failure(text, given).message).toMatch(message))
})

describe('the outline of a reply', () => {
  it('has the names of its fields, and no values', () => {
    const { reply } = failure(json({ 'expires in': 60, user: { name: 'x' }, 'a-b.c': 1 }), { type: 'application/json; charset=utf-8' })
    expect(reply).toEqual({ status: 200, contentType: 'application/json', fields: ['expires in', 'user', 'a-b.c'] })
  })
  it.each([
    ['a JWT', 'eyJhbGciOiJIUzI1NiJ9'],
    ['a secret of the request', secret],
    ['a random key', 'a8f5f167f44f4964e6c998dee827110c'],
    ['a number first', '1a'],
    ['an empty name', ''],
    ['a control character', 'a\u001b[31m'],
    ['a letter beyond ASCII', 'größe'],
    ['a long name', 'x'.repeat(42)],
  ])('has no name that is %s', (_, name) => {
    expect(failure(json({ [name]: 1, fine: 2 })).reply?.fields).toEqual(['fine'])
  })
  it.each(['accessTokenExpirationTimestamp', 'oauth2_access_token_value', 'X-Auth-Token', 'sha256'])('has the name %s', (name) => {
    expect(failure(json({ [name]: 1 })).reply?.fields).toEqual([name])
  })
  it('has 20 names at most', () => {
    expect(failure(json(Object.fromEntries(Array.from({ length: 30 }, (_, n) => [`f${n}`, n])))).reply?.fields).toHaveLength(20)
  })
  it.each([
    ['a list', '["a"]', 'application/json'],
    ['a form, which may be a token with an equals sign', 'dG9rZW4=', 'application/x-www-form-urlencoded'],
    ['a text', 'abc', 'text/plain'],
  ])('has none of %s', (_, text, type) => expect(failure(text, { type }).reply?.fields).toEqual([]))
  it('has no content type that is none', () => {
    expect(failure('', { type: `text/${secret}` }).reply?.contentType).toBe('')
    expect(failure('', { type: 'whatever it is' }).reply?.contentType).toBe('')
  })
})

it('a lifetime that a renewal leaves out is as last told', () => {
  const first = parse(json({ access_token: 'a', expires_in: 300 }))
  const second = parse(json({ access_token: 'b' }), { previous: first, reply: { requestedAt: now + 290_000, receivedAt: now + 290_100 } })
  expect((second.expiresAt as number) - second.issuedAt).toBe(300_000)
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
  it('of a token that was presented', () => {
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
  it('what it has is new', () => {
    const reply = { access_token: 'abc', refresh_token: 'r1', token_type: 'bearer', scope: 'b', site: 'y' }
    expect(parse(json(reply), { previous, profile: { extra: ['site'] } })).toMatchObject({
      refreshToken: 'r1',
      tokenType: 'bearer',
      scope: ['b'],
      extra: { site: 'y' },
    })
  })
  it.each([[null], [''], [5], [{}], ['é'], ['a\nb'], ['r'.repeat(16_385)]])('a refresh token of %j counts as absent', (value) => {
    expect(parse(json({ access_token: 'abc', refresh_token: value }), { previous }).refreshToken).toBe('r0')
    expect(parse(json({ access_token: 'abc', refresh_token: value }))).not.toHaveProperty('refreshToken')
  })
  it('a refresh token may hold spaces (RFC 6749 §A.17)', () =>
    expect(parse(json({ access_token: 'abc', refresh_token: 'a b' })).refreshToken).toBe('a b'))
  it('without anything there are no empty fields', () =>
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

  it.each<[string, number | undefined, object, Given]>([
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
    [
      'a new one without a word has the last told duration',
      777,
      { refresh_token: 'r' },
      { previous: { refreshToken: 'q', issuedAt: now - 9000, refreshableUntil: now - 9000 + 777 } },
    ],
    [
      'or what the provider says, where that is longer: too long costs a request, too short a sign-in',
      5000,
      { refresh_token: 'r' },
      { renewal: refreshes, previous: { refreshToken: 'q', issuedAt: now - 9000, refreshableUntil: now - 9000 + 777 } },
    ],
    ['or none', undefined, { refresh_token: 'r' }, { previous: { refreshToken: 'q', issuedAt: now - 9000 } }],
    ['a refresh token that is a JWT says it itself', 60_000, { refresh_token: jwt({ exp: now / 1000 + 60 }) }, { renewal: refreshes }],
    ['also one that the caller has given', 60_000, {}, { previous: { refreshToken: jwt({ exp: now / 1000 + 60 }) } }],
    ['but not one whose end was told', 777, {}, { previous: { refreshToken: jwt({ exp: now / 1000 + 60 }), refreshableUntil: now + 777 } }],
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
  it.each<[unknown, string | undefined, string[] | undefined]>([
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

it('a token is frozen through and through, and JSON keeps it', () => {
  const token = parse(json({ access_token: 'abc', scope: 'a b', deep: { list: [{ x: 1 }] } }), {
    profile: { extra: ['deep', 'deep.list.0.x', 'none'] },
  })
  expect(token.extra).toEqual({ deep: { list: [{ x: 1 }] }, 'deep.list.0.x': 1 })
  const frozen = (value: unknown): boolean =>
    typeof value !== 'object' || value === null || (Object.isFrozen(value) && Object.values(value).every(frozen))
  expect(frozen(token)).toBe(true)
  expect(JSON.parse(JSON.stringify(token))).toEqual(token)
})

it('what every object inherits is no field of a reply', () => {
  const extra = ['constructor', 'toString.name', '__proto__']
  expect(parse(json({ access_token: 'abc' }), { profile: { extra } }).extra).toEqual({})
  expect(Object.isFrozen(Object.prototype)).toBe(false)
})

it('only named fields are copied', () => {
  expect(parse(json({ access_token: 'abc', id_token: 'x', refreshToken: 'y', toJSON: 'z' }))).toEqual({
    accessToken: 'abc',
    tokenType: 'Bearer',
    issuedAt: now,
    expiresAt: now + 3_600_000,
  })
})

describe('a token in a header or a cookie', () => {
  const inHeader: TokenResponseProfile = { accessToken: 'header:x-subject-token' }
  const inCookie: TokenResponseProfile = { accessToken: 'cookie:TOKEN', extra: ['header:x-csrf-token'] }
  it.each<[string, string | undefined, Given]>([
    ['nothing', '', { type: '' }],
    ['nothing, by 204', '', { status: 204, type: '' }],
    ['JSON', json({ token: { id: 1 } }), { status: 201 }],
    ['JSON that is cut off', '{"token":', {}],
    ['a page', '<!doctype html><title>Welcome</title>', { type: 'text/html' }],
    ['a text', 'welcome', { type: 'text/plain' }],
    ['the token as well', 'abc', { type: 'text/html' }],
    ['more than is read', undefined, {}],
  ])('is found whatever the body is: %s', (_, text, given) => {
    expect(parse(text, { ...given, profile: inHeader, headers: { 'X-Subject-Token': 'abc' } }).accessToken).toBe('abc')
    expect(parse(text, { ...given, profile: inCookie, headers: { 'set-cookie': 'TOKEN=abc; Path=/; HttpOnly' } }).accessToken).toBe('abc')
  })
  it('of several cookies has its own name, and its value alone', () => {
    const headers = new Headers([
      ['date', 'Sun, 01 Mar 2026 12:00:00 GMT'],
      ['set-cookie', 'OLD_TOKEN=x; Expires=Sun, 01 Mar 2026 13:00:00 GMT'],
      ['set-cookie', 'TOKEN="abc"; Path=/; Expires=Sun, 01 Mar 2026 13:00:00 GMT'],
      ['x-csrf-token', 'c'],
    ])
    expect(parse('', { profile: inCookie, reply: { headers } })).toMatchObject({
      accessToken: 'abc',
      extra: { 'header:x-csrf-token': 'c' },
    })
    const { get } = { get: (name: string) => headers.get(name) }
    expect(parse('', { profile: inCookie, reply: { headers: { get } } }).accessToken).toBe('abc')
  })
  it('that is not there: the message names the place', () => {
    expect(failure('{}', { profile: inHeader })).toMatchObject({
      code: 'invalid_token_response',
      message: expect.stringContaining('header:x-subject-token'),
    })
    expect(failure('', { type: '', profile: inCookie })).toMatchObject({ code: 'invalid_token_response', retryable: false })
  })
  it.each<[string, TokenResponseProfile, Given, string?]>([
    ['in a cookie', inCookie, { headers: { 'set-cookie': 'TOKEN=s3ss10n-0001; Path=/' } }],
    ['in a header', inHeader, { headers: { 'x-subject-token': 's3ss10n-0001' } }],
    ['in a header, after a scheme', { accessToken: 'header:authorization' }, { headers: { authorization: 'Bearer s3ss10n-0001' } }],
    ['of the body', { accessToken: 'data.key' }, {}, json({ ok: false, data: { key: 's3ss10n-0001' }, message: 'no s3ss10n-0001' })],
    ['that renews, in a header', { refreshToken: 'header:x-renew' }, { headers: { 'x-renew': 's3ss10n-0001' } }],
  ])(
    '%s of a refusal is not shown, wherever the reply repeats it',
    (_, profile, given, text = json({ ok: false, message: 'no s3ss10n-0001' })) => {
      for (const description of ['message', 'header:set-cookie', 'header:x-subject-token', 'header:authorization', 'header:x-renew']) {
        const error = [{ path: 'ok', is: false, error: 'no', description }]
        const shown = failure(text, { ...given, profile: { ...profile, error } })
        expect(shown).toMatchObject({ code: 'refused', error: 'no' })
        expect(`${shown.message} ${JSON.stringify(shown)}`).not.toContain('s3ss10n')
      }
      // One without a rule has its own words.
      const plain = failure(text, { ...given, status: 401, profile })
      expect(`${plain.message} ${JSON.stringify(plain)}`).not.toContain('s3ss10n')
    },
  )
  it('words of a refusal are shown where the reply itself would be the token', () => {
    expect(failure('Wrong password', { status: 401, type: 'text/plain', profile: { accessToken: '' } }).errorDescription).toBe(
      'Wrong password',
    )
  })
  it('does not make a refusal a grant', () => {
    const headers = { 'x-subject-token': 'abc' }
    expect(failure(json({ error: 'invalid_grant' }), { profile: inHeader, headers })).toMatchObject({ code: 'refused' })
    expect(failure('', { status: 401, type: '', profile: inHeader, headers })).toMatchObject({ code: 'refused' })
    expect(failure('', { status: 503, type: '', profile: inHeader, headers })).toMatchObject({ code: 'unavailable' })
  })
  it('which no header can carry cannot be used', () => {
    expect(failure('', { profile: inCookie, headers: { 'set-cookie': 'TOKEN=a b; Path=/' } }).message).toContain(
      'cookie:TOKEN holds white space',
    )
  })
})

describe('where the reply says that the API is', () => {
  const provider: Partial<Provider> = { apiUrl: 'https://login.example/v2', apiOrigins: ['https://*.example.com', 'http://127.0.0.1:8080'] }
  const given: Given = { provider, profile: { apiUrl: ['instance_url', 'data.domain'] } }
  it.each([
    [{ instance_url: 'https://eu.example.com' }, 'https://eu.example.com/v2'],
    [{ instance_url: 'https://a.b.example.com/own/' }, 'https://a.b.example.com/own/'],
    [{ data: { domain: 'eu.example.com' } }, 'https://eu.example.com/v2'],
    [{ instance_url: 'http://127.0.0.1:8080' }, 'http://127.0.0.1:8080/v2'],
    [{ instance_url: null }, undefined],
    [{ instance_url: '' }, undefined],
    [{}, undefined],
  ])('%j: the token has %j', (fields, expected) => {
    expect(parse(json({ access_token: 'abc', ...fields }), given).apiUrl).toBe(expected)
  })
  it.each([
    'https://evil.example',
    'https://example.com',
    'https://eu.example.com.evil.example',
    'http://eu.example.com',
    'https://eu.example.com:8443',
    'https://user:pass@eu.example.com',
    'https://eu.example.com/?a=b',
    'javascript:alert(1)',
    'not a host',
    7,
    ['https://eu.example.com'],
    { url: 'https://eu.example.com' },
  ])('%j is outside: the reply grants no usable token', (url) => {
    const error = failure(json({ access_token: 'abc-4711', instance_url: url }), given)
    expect(error).toBeInstanceOf(InvalidTokenResponseError)
    expect(error).toMatchObject({ code: 'invalid_token_response', message: expect.stringContaining('apiOrigins') })
    expect(`${error}`).not.toMatch(/evil|4711/)
  })
  it('what a renewal does not say again is kept', () => {
    const previous = { apiUrl: 'https://eu.example.com/v2' }
    expect(parse(json({ access_token: 'abc' }), { ...given, previous }).apiUrl).toBe(previous.apiUrl)
    expect(parse(json({ access_token: 'abc', instance_url: 'us.example.com' }), { ...given, previous }).apiUrl).toBe(
      'https://us.example.com/v2',
    )
  })
  it('without apiOrigins nothing that a reply says is believed', () => {
    expect(
      failure(json({ access_token: 'abc', instance_url: 'https://login.example' }), { profile: { apiUrl: 'instance_url' } }),
    ).toMatchObject({ code: 'invalid_token_response' })
    expect(parse(json({ access_token: 'abc', instance_url: 'https://login.example' }))).not.toHaveProperty('apiUrl')
  })
})

describe('a token without a told end', () => {
  it('never expires where the profile says so, and lives an hour else', () => {
    for (const defaultLifetimeMs of ['never', Infinity] as const) {
      const token = parse(json({ access_token: 'abc' }), { profile: { defaultLifetimeMs } })
      expect(token).toHaveProperty('expiresAt', undefined)
    }
    expect(parse(json({ access_token: 'abc', expires_in: 60 }), { profile: { defaultLifetimeMs: 'never' } }).expiresAt).toBe(now + 60_000)
    expect(parse(json({ access_token: 'abc' })).expiresAt).toBe(now + 3_600_000)
  })
  it('can be renewed without end where the profile names no window', () => {
    const renewal = { by: 'access_token', url: 'https://a.example' } as const
    for (const given of [{}, { previous: { refreshableUntil: now + 5 } }, { presents: 'access_token' as const }]) {
      expect(parse(json({ access_token: 'abc' }), { ...given, renewal })).not.toHaveProperty('refreshableUntil')
    }
    const named = { ...renewal, windowFrom: 'orig_iat' }
    expect(parse(json({ access_token: jwt({ orig_iat: now / 1000 }) }), { renewal: named })).not.toHaveProperty('refreshableUntil')
  })
})
