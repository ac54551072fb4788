import { describe, expect, it } from 'vitest'
import { createSecretFinder } from '../../../src/base/redact.ts'
import { readMissingScope } from '../../../src/http/challenge.ts'

const token = 'TheAccess+Token/0123456789=='
const holdsSecret = createSecretFinder([token, 'the client secret'])
const read = (header: string) => readMissingScope(new Response(null, { status: 401, headers: { 'www-authenticate': header } }), holdsSecret)

describe('a challenge that says insufficient_scope → the scopes that it asks for', () => {
  it.each([
    ['Bearer error="insufficient_scope"', ''],
    ['Bearer error="insufficient_scope", scope="write"', 'write'],
    ['Bearer realm="x", scope="read write", error="insufficient_scope", error_description="You may not."', 'read write'],
    ['bearer ERROR="insufficient_scope",SCOPE="a"', 'a'],
    ['Bearer error=insufficient_scope,scope=a', 'a'],
    ['Bearer error = "insufficient_scope" , scope = "a"', 'a'],
    ['Bearer error="insufficient_scope" scope="a"', 'a'],
    ['Basic realm="a, b", Bearer error="insufficient_scope", scope="a"', 'a'],
    ['Bearer error="insufficient_scope", scope="a", Basic realm="error"', 'a'],
    ['DPoP algs="ES256", error="insufficient_scope", scope="a"', 'a'],
    ['error="insufficient_scope", scope="a"', 'a'],
    ['Bearer error="insufficient_scope", scope="a', 'a'],
    ['Negotiate YII==, Bearer error="insufficient_scope", scope="a"', 'a'],
  ])('%s → %j', (header, scope) => {
    expect(read(header)).toBe(scope)
  })
})

it.each([
  '',
  'Bearer',
  'Bearer error="invalid_token"',
  'Bearer error="invalid_token", error_description="insufficient_scope"',
  'Bearer error="invalid_token", error_description="error=insufficient_scope"',
  'Bearer error_description="error=\\"insufficient_scope\\"", error="invalid_token"',
  'Bearer error="insufficient_scope_or_so"',
  'Bearer error="Insufficient_Scope"',
  'Bearer error_uri="insufficient_scope"',
  'Bearer xerror="insufficient_scope"',
  'Bearer insufficient_scope',
  'Bearer error=',
  'error',
  '=====',
  '"',
  '\\',
])('%j → says nothing of the kind', (header) => {
  expect(read(header)).toBeUndefined()
})

it('no challenge, which browsers may hide → says nothing of the kind', () => {
  expect(readMissingScope(new Response(null, { status: 401 }), holdsSecret)).toBeUndefined()
})

describe('scopes as they are shown', () => {
  it.each([
    ['quoted pairs', 'or\\ders:\\w\\rite', 'orders:write'],
    ['characters that no scope has', 'a\\"b \u00e9c', 'a b c'],
    ['more than 200 characters', 'x'.repeat(500), 'x'.repeat(200)],
  ])('%s', (_, scope, shown) => {
    expect(read(`Bearer error="insufficient_scope", scope="${scope}"`)).toBe(shown)
  })
})

describe('a secret among the scopes → none of them is shown', () => {
  it.each([
    ['the token', token],
    ['the token within a word', `x${token}y`],
    ['the token, percent-encoded', encodeURIComponent(token)],
    ['the token, percent-encoded twice', encodeURIComponent(encodeURIComponent(token))],
    ['the token in base64', btoa(token)],
    ['the token in hex', Buffer.from(token).toString('hex')],
    ['the token in lower case', token.toLowerCase()],
    ['the token, cut', token.slice(0, 14)],
    ['the token in quoted pairs', [...token].map((letter) => `\\${letter}`).join('')],
    ['the token, a letter a word', [...token].join(' ')],
    ['the token with quotes inside', [...token].join('\\"')],
    ['the client secret in words', 'the client secret'],
    ['the client secret in one', 'theclientsecret'],
    ['a JWT', 'eyJhbGciOiJIUzI1NiJ9.e30.x'],
  ])('%s', (_, scope) => {
    expect(read(`Bearer error="insufficient_scope", scope="read ${scope} write"`)).toBe('')
  })
})

it.each([
  ['words', 'a'.repeat(100_000)],
  ['quotes', '"'.repeat(100_000)],
  ['escapes', `"${'\\'.repeat(100_000)}`],
  ['equals signs', 'a='.repeat(50_000)],
  ['spaces', `error${' '.repeat(100_000)}=`],
  ['names', 'error="'.repeat(20_000)],
])('100 000 characters of %s → are read at once', (_, header) => {
  const startedAt = performance.now()
  expect(readMissingScope({ headers: { get: () => header } } as unknown as Response, holdsSecret)).toBeUndefined()
  expect(performance.now() - startedAt).toBeLessThan(200)
})
