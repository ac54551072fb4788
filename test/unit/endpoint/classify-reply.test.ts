import { describe, expect, it } from 'vitest'
import { classifyReply, type ReplyMeaning } from '../../../src/endpoint/classify-reply.ts'
import { readByRules } from '../../../src/endpoint/error-rules.ts'
import type { ErrorRule, TokenResponseProfile } from '../../../src/vocabulary/provider.ts'

interface Given {
  type?: string
  profile?: TokenResponseProfile
  isTooLong?: boolean
  headers?: Record<string, string>
  text?: string
}

const html = 'text/html; charset=utf-8'
const page = '<!doctype html><title>Sign in</title>'

function classify(status: number, body: unknown, given: Given = {}): ReplyMeaning {
  const { type = 'application/json', profile = {}, isTooLong = false, headers = {}, text } = given
  return classifyReply({ status, contentType: type, body, isTooLong, headers: new Headers(headers), text }, profile, readByRules)
}

const token = { access_token: 'abc' }
const misdirectedStatuses = [404, 405, 406, 407, 411, 413, 414, 415, 431, 451]

describe('a token is granted', () => {
  it.each<[string, number, unknown, Given]>([
    ['by 200', 200, token, {}],
    ['by 201', 201, token, {}],
    ['beside error: null', 200, { ...token, error: null }, {}],
    ['beside error: false', 200, { ...token, error: false }, {}],
    ['beside error: 0', 200, { ...token, error: 0 }, {}],
    ['beside an empty error', 200, { ...token, error: '' }, {}],
    ['whatever it is: what is wrong with it is read later', 200, { access_token: 5 }, {}],
    ['at the first path that is there', 200, { b: 'x' }, { profile: { accessToken: ['a', 'b'] } }],
    ['as the whole reply', 200, 'abc==', { type: 'text/plain', profile: { accessToken: '' } }],
    ['as the whole reply, after a scheme', 200, ' Bearer abc\n', { profile: { accessToken: '' } }],
    ['where isSuccess says so, at any status', 400, { ...token, error: 'none' }, { profile: { isSuccess: () => true } }],
    ['where isSuccess says so of a 5xx', 500, token, { profile: { isSuccess: () => true } }],
    ['where the profile’s error is silent', 200, token, { profile: { error: () => undefined } }],
  ])('%s', (_, status, body, given) => expect(classify(status, body, given)).toEqual({ is: 'granted' }))
})

describe('later, perhaps', () => {
  it.each([408, 425, 429, 500, 502, 503, 504, 599])('%i, whatever the body is', (status) => {
    for (const body of [undefined, page, {}, token, { error: { message: 'x' } }]) expect(classify(status, body).is).toBe('out-of-order')
    expect(classify(status, { error: 'invalid_grant' })).toMatchObject({ is: 'out-of-order', word: 'invalid_grant' })
  })
  it.each(['server_error', 'temporarily_unavailable', 'slow_down', 'authorization_pending'])('the word %s, at any status', (error) => {
    for (const status of [200, 400, 401, 403, 404]) expect(classify(status, { error })).toMatchObject({ is: 'out-of-order', word: error })
  })
  it('the profile’s word for it', () => {
    expect(classify(400, {}, { profile: { error: () => ({ error: 'server_error' }) } })).toMatchObject({ is: 'out-of-order' })
  })
})

describe('a success that cannot be read', () => {
  it.each<[string, unknown, Given]>([
    ['nothing', undefined, {}],
    ['too long', undefined, { isTooLong: true }],
    ['a page', page, { type: html }],
    ['a page that says it is JSON', page, {}],
    ['a part of JSON', '{"access_token":"a', {}],
    ['words', 'OK', { type: 'text/plain' }],
    ['a bare token, where fields are expected', 'abc', { type: 'text/plain' }],
    ['a page, where the reply is the token', page, { type: html, profile: { accessToken: '' } }],
    ['a word of a page, where the reply is the token', 'token', { type: html, profile: { accessToken: '' } }],
    ['a part of JSON, where the reply is the token', '{"a', { profile: { accessToken: '' } }],
    ['words, where the reply is the token', 'We are closed', { type: 'text/plain', profile: { accessToken: '' } }],
    ['a page, of which isSuccess says no', page, { type: html, profile: { isSuccess: () => false } }],
    ['a page, where one of two places is the body', page, { type: html, profile: { accessToken: ['cookie:sid', 'token'] } }],
    ['a page, where the only place in a header is that of the refresh token', page, { profile: { refreshToken: 'cookie:r' } }],
  ])('%s', (_, body, given) => expect(classify(200, body, given)).toEqual({ is: 'unreadable' }))
})

describe('a success that is read, and has no token', () => {
  it.each<[string, unknown, Given]>([
    ['{}', {}, {}],
    ['a list', [token], {}],
    ['null', null, {}],
    ['a number', 42, {}],
    ['true', true, {}],
    ['a token elsewhere', { data: token }, {}],
    ['a token that is empty', { access_token: '' }, {}],
    ['a number, where the reply is the token', 42, { profile: { accessToken: '' } }],
    ['an object, where the reply is the token', { a: 'b' }, { profile: { accessToken: '' } }],
    ['a page, where the token is looked for in a cookie', page, { type: html, profile: { accessToken: 'cookie:sid' } }],
    ['nothing, where it is looked for in headers', undefined, { profile: { accessToken: ['header:x-token', 'cookie:sid'] } }],
    ['words, where it is looked for in a header', 'Wrong password', { type: 'text/plain', profile: { accessToken: 'header:x-token' } }],
    ['a page that is too long, where it is looked for in a cookie', undefined, { isTooLong: true, profile: { accessToken: 'cookie:sid' } }],
    ['what every object inherits', {}, { profile: { accessToken: 'constructor.name' } }],
  ])('%s', (_, body, given) => expect(classify(200, body, given)).toEqual({ is: 'without-token' }))

  it('with an error of whatever form it is a refusal', () => {
    expect(classify(200, { ...token, error: 'invalid_grant' })).toMatchObject({ is: 'refused', word: 'invalid_grant', hasWord: true })
    for (const error of [{ code: 403 }, true, 7, ['x'], 'Not allowed']) {
      expect(classify(200, { ...token, error })).toMatchObject({ is: 'refused', word: undefined, hasWord: false })
    }
  })
  it('where isSuccess says no it is a refusal', () => {
    const profile: TokenResponseProfile = { isSuccess: (_, body) => (body as { ok?: boolean }).ok === true }
    expect(classify(200, { ok: false, ...token }, { profile })).toEqual({ is: 'refused' })
    expect(classify(200, { ok: false, error: 'invalid_code' }, { profile })).toMatchObject({ is: 'refused', word: 'invalid_code' })
  })
})

describe('a refusal by its word', () => {
  it.each([
    ['an RFC’s', 'invalid_grant', true],
    ['another one of an RFC', 'invalid_request', true],
    ['one of OpenID Connect', 'interaction_required', true],
    ['one that the server has made up', 'bad_verification_code', false],
    ['one that a firewall may have', 'forbidden', false],
  ])('%s', (_, error, hasWord) => {
    for (const status of [400, 401, 403, 418, 422]) {
      expect(classify(status, { error })).toMatchObject({ is: 'refused', word: error, hasWord })
    }
  })
  it('the profile’s comes first, at any status and with any body', () => {
    const profile: TokenResponseProfile = { error: () => ({ error: 'Wrong password', errorDescription: 'No.' }) }
    for (const status of [200, 400, 404, 415, 429, 500]) {
      for (const body of [undefined, page, token, { error: 'server_error' }]) {
        expect(classify(status, body, { profile })).toEqual({ is: 'refused', word: 'Wrong password', hasWord: true, description: 'No.' })
      }
    }
  })
  it.each(misdirectedStatuses)('at %i only an RFC’s word counts', (status) => {
    expect(classify(status, { error: 'invalid_client' })).toMatchObject({ is: 'refused', word: 'invalid_client', hasWord: true })
    expect(classify(status, { error: 'not_found' })).toMatchObject({ is: 'misdirected' })
  })
})

describe('a refusal without a word', () => {
  it.each<[string, unknown, Given]>([
    ['JSON', { message: 'Unauthorized' }, {}],
    ['a list', { errors: [{ message: 'x' }] }, {}],
    ['an error that is no code', { error: 'Unauthorized' }, {}],
    ['an error that is an object', { error: { code: 400, message: 'x' } }, {}],
    ['text', 'Unauthorized', { type: 'text/plain' }],
    ['nothing', undefined, { type: '' }],
    ['nothing that says it is a page', undefined, { type: html }],
    ['too much', undefined, { isTooLong: true }],
  ])('%s', (_, body, given) => {
    for (const status of [400, 401, 402, 403, 409, 410, 418, 422, 423, 499])
      expect(classify(status, body, given)).toEqual({ is: 'refused' })
  })
  it('a 401 that is a page', () => expect(classify(401, page, { type: html })).toEqual({ is: 'refused' }))
})

describe('the wrong place, or something in between', () => {
  it.each(misdirectedStatuses)('%i', (status) => {
    for (const body of [undefined, page, {}, 'no', { error: 'Not Found' }, { detail: 'x' }]) {
      expect(classify(status, body)).toEqual({ is: 'misdirected' })
    }
  })
  it.each<[string, unknown, Given]>([
    ['that says so', page, { type: html }],
    ['that says so, and is text', 'Forbidden', { type: html }],
    ['that says it is JSON', page, {}],
    ['that says nothing', '<HTML><body>', { type: '' }],
    ['that is too long', undefined, { type: html, isTooLong: true }],
  ])('a 4xx as a page %s', (_, body, given) => {
    for (const status of [400, 403, 422, 418]) expect(classify(status, body, given)).toEqual({ is: 'misdirected' })
  })
  it('JSON that says it is a page is none', () => {
    expect(classify(400, { error: 'invalid_grant' }, { type: html })).toMatchObject({ is: 'refused', word: 'invalid_grant' })
  })
})

describe('functions of the profile', () => {
  it.each([
    [200, token],
    [500, undefined],
    [404, page],
  ])('are asked about %i %j', (status, body) => {
    const seen: unknown[] = []
    const note = (...given: unknown[]) => {
      seen.push(given)
      return undefined
    }
    classify(status, body, { profile: { error: note, isSuccess: (...given) => Boolean(note(...given)) } })
    expect(seen).toEqual([
      [status, body],
      [status, body],
    ])
  })
  it.each(['error', 'isSuccess'] as const)('one that throws is a failure that names it: %s', (name) => {
    const profile = {
      [name]: () => {
        throw Object.assign(new RangeError('hunter2'), { code: 'E_BROKEN' })
      },
    }
    try {
      classify(401, {}, { profile })
      expect.unreachable()
    } catch (error) {
      expect(error).toMatchObject({ code: 'function_failed', option: `tokenResponse.${name}`, status: 401, retryable: true })
      expect(error).toMatchObject({ cause: { name: 'RangeError', code: 'E_BROKEN' } })
      expect(String(error)).not.toContain('hunter2')
    }
  })
})

describe('rules of the profile', () => {
  const rules = (...error: ErrorRule[]): Given => ({ profile: { error } })
  const wrong = { error: 'invalid_grant' }

  it.each<[string, ErrorRule, number, unknown, Given]>([
    ['a status', { ...wrong, status: 403 }, 403, { message: 'no' }, {}],
    ['one of several', { ...wrong, status: [400, 403] }, 400, undefined, { type: '' }],
    ['a value', { ...wrong, path: '0.error.rspCode', is: -7 }, 200, [{ code: 1, error: { rspCode: -7 } }], {}],
    ['one of several values', { ...wrong, path: 'errorCode', is: ['OPEN000001', 'OPEN000002'] }, 200, { errorCode: 'OPEN000002' }, {}],
    ['a value beside a token', { ...wrong, path: 'ok', is: false }, 200, { ok: false, ...token }, {}],
    ['null', { ...wrong, path: 'session', is: null }, 200, { session: null }, {}],
    ['something that is there', { ...wrong, path: 'errors.*.code' }, 200, { errors: [{ code: 'x' }] }, {}],
    ['another value', { ...wrong, path: 'code', isNot: [0, 200] }, 200, { code: 500 }, {}],
    [
      'a part of a string',
      { ...wrong, path: 'code', contains: ['incorrect_password', 'x'] },
      403,
      { code: '[jwt_auth] incorrect_password' },
      {},
    ],
    ['the second path', { ...wrong, path: ['a', 'b'], is: 1 }, 200, { b: 1 }, {}],
    ['a header', { ...wrong, path: 'header:x-error', is: 'bad' }, 200, token, { headers: { 'X-Error': 'bad' } }],
    ['a cookie', { ...wrong, path: 'cookie:failed' }, 200, token, { headers: { 'set-cookie': 'failed=1; Path=/' } }],
    ['the whole text', { ...wrong, path: '', contains: 'Bad password' }, 200, page, { type: html, text: `${page} Bad password` }],
    ['all conditions', { ...wrong, status: 404, path: 'code', is: 101 }, 404, { code: 101 }, {}],
  ])('match by %s, and then their code decides', (_, rule, status, body, given) => {
    expect(classify(status, body, { ...given, ...rules(rule) })).toEqual({ is: 'refused', word: 'invalid_grant', hasWord: true })
  })

  it.each<[string, ErrorRule, number, unknown]>([
    ['another status', { ...wrong, status: 403 }, 401, {}],
    ['a text in place of a number', { ...wrong, path: 'code', is: 1 }, 400, { code: '1' }],
    ['a number in place of a text', { ...wrong, path: 'code', is: '1' }, 400, { code: 1 }],
    ['nothing there', { ...wrong, path: 'code', isNot: 0 }, 400, {}],
    ['null, which is nothing', { ...wrong, path: 'code' }, 400, { code: null }],
    ['one condition of two', { ...wrong, status: 400, path: 'code', is: 1 }, 400, { code: 2 }],
    ['a part of what is no string', { ...wrong, path: 'code', contains: '1' }, 400, { code: 11 }],
    ['an inherited property', { ...wrong, path: 'constructor' }, 400, {}],
  ])('do not match %s', (_, rule, status, body) => {
    expect(classify(status, body, rules(rule))).toEqual({ is: 'refused' })
  })

  it('come before every row of the table', () => {
    for (const status of [200, 404, 415, 429, 503]) {
      for (const body of [undefined, page, token, { error: 'server_error' }]) {
        expect(classify(status, body, rules({ ...wrong, status })), `${status}`).toMatchObject({ is: 'refused', word: 'invalid_grant' })
      }
    }
  })
  it('a code of outage makes it one, also of a 401', () => {
    for (const error of ['temporarily_unavailable', 'server_error', 'slow_down']) {
      expect(classify(401, {}, rules({ error, status: 401 }))).toMatchObject({ is: 'out-of-order', word: error })
    }
  })
  it('of several the first one that matches counts', () => {
    const given = rules({ error: 'first', path: 'a', is: 1 }, { error: 'second', status: 400 }, { error: 'third', path: 'a' })
    expect(classify(400, { a: 2 }, given).word).toBe('second')
    expect(classify(401, { a: 2 }, given).word).toBe('third')
    expect(classify(400, { a: 1 }, given).word).toBe('first')
  })
  it('where none matches, the table does', () => {
    const given = rules({ error: 'x', status: 418 })
    expect(classify(200, token, given)).toEqual({ is: 'granted' })
    expect(classify(503, {}, given)).toMatchObject({ is: 'out-of-order' })
    expect(classify(400, { error: 'invalid_scope' }, given)).toMatchObject({ is: 'refused', word: 'invalid_scope' })
  })
  it('say where the words are', () => {
    const given = rules({ ...wrong, status: 401, description: ['data.reason', 'header:x-reason'] })
    expect(classify(401, { data: { reason: 'locked' } }, given)).toMatchObject({ description: 'locked' })
    expect(classify(401, {}, { ...given, headers: { 'x-reason': 'in a header' } })).toMatchObject({ description: 'in a header' })
    expect(classify(401, {}, given).description).toBeUndefined()
  })
})
