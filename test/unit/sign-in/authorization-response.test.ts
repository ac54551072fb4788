import { describe, expect, it } from 'vitest'
import { SignInFailedError } from '../../../src/base/errors.ts'
import { type AuthorizationResponse, readAuthorizationResponse } from '../../../src/sign-in/authorization-response.ts'
import type { PendingSignIn } from '../../../src/sign-in/pending-sign-in.ts'
import { createRandomText } from '../../../src/sign-in/pkce.ts'
import type { SignInBinding } from '../../../src/sign-in/sign-in-client.ts'

const now = Date.UTC(2026, 0, 1)
const binding: SignInBinding = {
  provider: 'test',
  authorizationUrl: 'https://auth.example.com/realms/one/authorize',
  tokenUrl: 'https://auth.example.com/realms/one/token',
  clientId: 'client',
  redirectUri: 'https://app.example.com/callback',
}
const pending: PendingSignIn = { ...binding, state: createRandomText(), codeVerifier: createRandomText(), returnTo: '/', beganAt: now }
const good = { code: 'SplxlOBeZQQYbYS6WxSbIA', state: pending.state }

function read(query: string | Record<string, string>, changes: Partial<AuthorizationResponse> & { at?: string } = {}) {
  const { at = binding.redirectUri, ...rest } = changes
  const url = new URL(at)
  for (const [name, value] of new URLSearchParams(query)) url.searchParams.append(name, value)
  return readAuthorizationResponse({ url, pending, binding, provider: {}, secrets: [], now, ...rest })
}

function failureOf(attempt: () => unknown): SignInFailedError {
  try {
    attempt()
  } catch (error) {
    expect(error).toBeInstanceOf(SignInFailedError)
    expect((error as Error).message).toMatch(/: start the sign-in again\.$/)
    return error as SignInFailedError
  }
  throw new Error('It did not fail.')
}

it('a code with the state that was sent → the code, and its sign-in', () => {
  expect(read(good)).toEqual({ code: good.code, pending })
  expect(read({ ...good, session_state: 'x', scope: 'a b' })).toEqual({ code: good.code, pending })
})

it('an error without a value beside a code → counts as absent', () => expect(read({ ...good, error: '' }).code).toBe(good.code))

describe('another place than the redirect URI', () => {
  it.each([
    'https://evil.example/callback',
    'http://app.example.com/callback',
    'https://app.example.com:8443/callback',
    'https://app.example.com/callback/',
    'https://app.example.com/Callback',
    'https://app.example.com/',
  ])('%s → is refused, and named without its query', (at) => {
    const { message } = failureOf(() => read(good, { at }))
    expect(message).toContain(`not at the redirect URI, but at ${at}`)
    expect(message).not.toContain(good.state)
  })

  const withQuery = { ...binding, redirectUri: 'https://app.example.com/callback?server=one&server=two' }
  const begun = { ...pending, redirectUri: withQuery.redirectUri }
  it.each([
    ['https://app.example.com/callback', false],
    ['https://app.example.com/callback?server=one', false],
    ['https://app.example.com/callback?server=evil', false],
    ['https://app.example.com/callback?server=one&server=two', true],
    ['https://app.example.com/callback?server=one&more=1&server=two', true],
  ])('%s for one with a query → is right: %s', (at, isRight) => {
    const attempt = () => read(good, { at, binding: withQuery, pending: begun })
    if (isRight) expect(attempt().code).toBe(good.code)
    else expect(failureOf(attempt).message).toContain('not at the redirect URI')
  })

  it('a private-use scheme → is compared as well', () => {
    const native = { ...binding, redirectUri: 'com.example.app:/callback' }
    const ofNative = { binding: native, pending: { ...pending, redirectUri: native.redirectUri } }
    expect(read(good, { ...ofNative, at: native.redirectUri }).code).toBe(good.code)
    failureOf(() => read(good, { ...ofNative, at: 'com.example.app:/other' }))
    failureOf(() => read(good, { ...ofNative, at: 'com.example.other:/callback' }))
  })
})

describe('a redirect URI of a page with a scheme of its own', () => {
  it.each([
    ['tauri://localhost', 'tauri://localhost/', true],
    ['tauri://localhost', 'tauri://localhost', true],
    ['capacitor://localhost/signed-in', 'capacitor://localhost/signed-in', true],
    ['tauri://localhost', 'tauri://localhost/other', false],
    ['tauri://localhost', 'tauri://evil/', false],
    ['tauri://localhost', 'capacitor://localhost/', false],
  ])('%s, and a response at %s → is right: %s', (own, at, isRight) => {
    const attempt = () => read(good, { at, binding: { ...binding, redirectUri: own }, pending: { ...pending, redirectUri: own } })
    if (isRight) expect(attempt().code).toBe(good.code)
    else expect(failureOf(attempt).message).toContain('not at the redirect URI')
  })
})

describe('a parameter that is there twice', () => {
  it.each(['code', 'state', 'iss', 'error', 'error_description', 'error_uri'])('%s → is refused, also with the same value', (name) => {
    const value = { ...good, iss: 'https://auth.example.com' }[name] ?? 'x'
    const query = new URLSearchParams(good)
    query.set(name, value)
    query.append(name, value)
    expect(failureOf(() => read(query.toString())).message).toContain(`more than one ${name}`)
  })
})

describe('a state', () => {
  it.each([
    ['that is missing', { code: 'c' }, pending, /no state/],
    ['that is missing on both sides', { code: 'c' }, undefined, /no state/],
    ['that is empty', { code: 'c', state: '' }, undefined, /no state/],
    ['that nobody knows here', good, undefined, /no sign-in that was begun here/],
    [
      'of a refusal that nobody knows here',
      { error: 'access_denied', error_description: 'Call 0800', state: 'x' },
      undefined,
      /no sign-in that was begun here/,
    ],
  ])('%s → is refused, and the server’s words are not shown', (_, query, known, message) => {
    const error = failureOf(() => read(query, { pending: known }))
    expect(error.message).toMatch(message)
    expect([error.error, error.errorDescription]).toEqual([undefined, undefined])
  })

  it('after ten minutes → is refused', () => {
    expect(read(good, { now: now + 599_999 }).code).toBe(good.code)
    expect(failureOf(() => read(good, { now: now + 600_000 })).message).toContain('more than ten minutes')
  })

  it.each(['provider', 'authorizationUrl', 'tokenUrl', 'clientId', 'redirectUri'] as const)('of another %s → is refused', (name) => {
    const other = { ...pending, [name]: `${pending[name]}2` }
    expect(failureOf(() => read(good, { pending: other })).message).toContain(`another ${name}`)
  })
})

describe('an issuer', () => {
  const named = 'https://auth.example.com/realms/one'
  it.each<[string, string | undefined, boolean]>([
    // Named by the provider: to the letter.
    [named, named, true],
    [`${named}/`, named, false],
    ['HTTPS://auth.example.com/realms/one', named, false],
    ['https://auth.example.com', named, false],
    ['', named, false],
    ['https://elsewhere.example', 'https://elsewhere.example', true],
    // Not named: the origin of the authorization endpoint, or a path above it.
    ['https://auth.example.com', undefined, true],
    ['https://auth.example.com/', undefined, true],
    [named, undefined, true],
    [`${named}/`, undefined, true],
    ['https://auth.example.com/realms/one/authorize', undefined, true],
    ['https://auth.example.com/realms/two', undefined, false],
    ['https://auth.example.com/realms/on', undefined, false],
    ['https://auth.example.com/realms/one/authorize/more', undefined, false],
    ['https://auth.example.com/realms/two/../one', undefined, false],
    ['https://auth.example.com?', undefined, false],
    ['https://auth.example.com//', undefined, false],
    ['https://auth.example.com.evil.example', undefined, false],
    ['https://auth.example.com@evil.example', undefined, false],
    ['https://auth.example.com:8443', undefined, false],
    ['http://auth.example.com', undefined, false],
    ['auth.example.com', undefined, false],
    ['', undefined, false],
  ])('%j where the provider names %j → is its own: %s', (iss, issuer, isOwn) => {
    const attempt = () => read({ ...good, iss }, { provider: { issuer } })
    if (isOwn) expect(attempt().code).toBe(good.code)
    else expect(failureOf(attempt).message).toContain('another authorization server')
  })

  it.each([
    ['a code', good],
    ['a refusal', { error: 'access_denied', state: good.state }],
  ])('that is missing beside %s, of a server that always names it → is refused; of any other, it may be', (_, query) => {
    const provider = { issuer: 'https://auth.example.com', issuerInResponse: true }
    const error = failureOf(() => read(query, { provider }))
    expect([error.error, error.message]).toEqual([undefined, expect.stringContaining('does not say which authorization server')])
    expect(read({ ...good, iss: provider.issuer }, { provider }).code).toBe(good.code)
    expect(read(good, { provider: { issuer: provider.issuer } }).code).toBe(good.code)
  })

  it('of another server on a refusal → comes before what that server says', () => {
    const error = failureOf(() => read({ error: 'access_denied', state: good.state, iss: 'https://evil.example' }))
    expect([error.error, error.message]).toEqual([undefined, expect.stringContaining('another authorization server')])
  })
})

describe('a refusal', () => {
  it.each([
    ['access_denied', /said no/],
    ['invalid_scope', /refused the sign-in/],
    ['temporarily_unavailable', /refused the sign-in/],
  ])('%s → is the server’s own word', (error, message) => {
    const failure = failureOf(() => read({ error, error_description: 'As described.', state: good.state }))
    expect(failure).toMatchObject({ error, errorDescription: 'As described.', retryable: false })
    expect(failure.message).toMatch(message)
  })

  it('with a code beside it → is a refusal', () => {
    expect(failureOf(() => read({ ...good, error: 'server_error' })).error).toBe('server_error')
  })

  it('that repeats what is secret → shows none of it', () => {
    const secrets = [pending.state, pending.codeVerifier, 'the-code', 'the+client/secret']
    const description = [...secrets, ...secrets.map(encodeURIComponent), ...secrets.map(btoa)].join(' ')
    const error = `bad_${pending.state}`
    const failure = failureOf(() =>
      read({ code: 'the-code', state: good.state, error, error_description: description }, { secrets: ['the+client/secret'] }),
    )
    const shown = `${failure.error} ${failure.errorDescription} ${failure.message}`
    for (const secret of secrets) {
      for (const form of [secret, encodeURIComponent(secret), btoa(secret)]) expect(shown).not.toContain(form)
    }
    expect([failure.error, failure.errorDescription]).toEqual([undefined, undefined])
  })

  it('with control characters, at length → is made harmless, and cut to 200 characters', () => {
    const failure = failureOf(() => read({ error: 'x\u001b[31m', error_description: `a\r\n\u202eb${'c'.repeat(500)}`, state: good.state }))
    expect(failure.error).toBe('x [31m')
    expect(failure.errorDescription).toMatch(/^a bc+$/)
    expect(failure.errorDescription).toHaveLength(200)
  })
})

it.each([
  ['none', { state: pending.state }],
  ['an empty one', { state: pending.state, code: '' }],
])('a response with the right state and with %s of a code → is refused', (_, query) => {
  expect(failureOf(() => read(query)).message).toContain('no code')
})
