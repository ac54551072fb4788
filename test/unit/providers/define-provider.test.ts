import { describe, expect, it } from 'vitest'
import { cam2 } from '../../../src/providers/cam2.ts'
import { camdram } from '../../../src/providers/camdram.ts'
import { defineProvider } from '../../../src/providers/define-provider.ts'
import { dive } from '../../../src/providers/dive.ts'
import { musement } from '../../../src/providers/musement.ts'
import { oauth2 } from '../../../src/providers/oauth2.ts'
import type { Provider } from '../../../src/vocabulary/provider.ts'

const least = { name: 'mine', apiUrl: 'https://api.example', tokenUrl: 'https://auth.example/token' }
const complete: Provider = {
  ...least,
  authorizationUrl: 'https://auth.example/authorize',
  deviceAuthorizationUrl: 'https://auth.example/device',
  issuer: 'https://auth.example',
  headers: { 'X-App': 'a' },
  tokenRequest: {
    method: 'POST',
    encoding: ['form', 'json'],
    queryParameters: ['grant_type'],
    clientAuthentication: ['basic', 'none'],
    parameterNames: { client_id: 'key', grant_type: false },
    extraParameters: { audience: '' },
    scopeParameter: 'scopes',
    scopeSeparator: ',',
    transformSecret: (secret) => secret,
  },
  renewal: {
    by: 'refresh_token',
    url: 'https://auth.example/refresh',
    refreshLifetimeMs: 5,
    request: { method: 'GET', encoding: 'query' },
  },
  tokenResponse: {
    accessToken: ['a.b.0', ''],
    refreshToken: 'r',
    tokenType: 'token type',
    scope: 's',
    expiresIn: 'e',
    expiresAt: 'x',
    refreshExpiresIn: 'ri',
    refreshExpiresAt: 'ra',
    expiresInUnit: 'ms',
    zeroMeansNever: true,
    defaultLifetimeMs: Infinity,
    lifetimeFrom: 'jwt',
    scopeSeparator: '+',
    extra: ['a', 'b.c'],
    isSuccess: () => true,
    error: () => undefined,
  },
  authorization: { header: 'X-Token', scheme: '' },
  isRejection: () => false,
}

/** What a profile says, without what it brings along. */
const fieldsOf = (provider: Provider) => Object.fromEntries(Object.entries(provider))

it('a profile with every field is taken, and a frozen copy given', () => {
  const provider = defineProvider(complete)
  expect(fieldsOf(provider)).toEqual(complete)
  const frozen = (value: unknown): boolean =>
    typeof value !== 'object' || value === null || (Object.isFrozen(value) && Object.values(value).every(frozen))
  expect(frozen(provider)).toBe(true)
  expect(Object.isFrozen(complete)).toBe(false)
  expect(Object.isFrozen(complete.tokenRequest)).toBe(false)
})

it('three fields are enough', () => expect(defineProvider(least)).toMatchObject(least))
it('a field that is undefined in a section, too', () => {
  const { tokenRequest } = defineProvider({ ...least, tokenRequest: { encoding: undefined, method: 'POST' } })
  expect(Object.keys(tokenRequest ?? {})).toEqual(['method'])
})
it('a field that is undefined is left out', () => expect(defineProvider({ ...least, headers: undefined as never })).toMatchObject(least))
it('http: passes: the manager decides', () =>
  expect(defineProvider({ ...least, tokenUrl: 'http://intranet/token' }).tokenUrl).toBe('http://intranet/token'))

it.each([
  cam2({ clientId: 'i', clientSecret: 's' }),
  camdram({ clientId: 'i', clientSecret: 's' }),
  dive({ clientKey: 'k', deviceId: 'd' }),
  musement({ clientId: 'i', clientSecret: 's', application: 'a', method: 'POST' }),
  musement({ clientId: 'i', clientSecret: 's' }),
  oauth2({ tokenUrl: 'https://a.example/t', apiUrl: 'https://a.example', clientId: 'i', clientAuthentication: 'body' }),
])('the preset $provider.name is a profile that it takes', ({ provider }) =>
  expect(fieldsOf(defineProvider(provider))).toEqual(fieldsOf(provider)),
)

const renewal = { by: 'access_token', url: 'https://a.example', parameter: 'token', windowMs: 5 }
const wrong: [string, unknown][] = [
  ['provider', undefined],
  ['provider', null],
  ['provider', []],
  ['provider', 'text'],
  ['name', { ...least, name: '' }],
  ['name', { ...least, name: undefined }],
  ['name', { ...least, name: 5 }],
  ['apiUrl', { ...least, apiUrl: '/v1' }],
  ['apiUrl', { name: 'x', tokenUrl: 'https://a.example' }],
  ['tokenUrl', { ...least, tokenUrl: 'auth.example/token' }],
  ['tokenUrl', { ...least, tokenUrl: 'ftp://auth.example' }],
  ['tokenUrl', { ...least, tokenUrl: 'https://user:pass@auth.example' }],
  ['tokenUrl', { ...least, tokenUrl: new URL('https://a.example') }],
  ['authorizationUrl', { ...least, authorizationUrl: 'x' }],
  ['issuer', { ...least, issuer: 'x' }],
  ['deviceAuthorizationUrl', { ...least, deviceAuthorizationUrl: '/device' }],
  ['tokenURL', { ...least, tokenURL: 'x' }],
  ['apiUrl', { ...least, apiUrl: 'https://api.example/v1?key=1' }],
  ['apiUrl', { ...least, apiUrl: 'https://api.example/v1#top' }],
  ['apiUrl', { ...least, apiUrl: 'https://api.example/?' }],
  ['headers', { ...least, headers: [] }],
  ['headers.Content-Type', { ...least, headers: { 'Content-Type': 'application/json' } }],
  ['headers.content-type', { ...least, headers: { 'content-type': 'text/plain' } }],
  ['headers.X-A', { ...least, headers: { 'X-A': 'a\nb' } }],
  ['headers.X-A', { ...least, headers: { 'X-A': 5 } }],
  ['headers.X A', { ...least, headers: { 'X A': 'a' } }],
  ['tokenRequest', { ...least, tokenRequest: null }],
  ['tokenRequest.methode', { ...least, tokenRequest: { methode: 'POST' } }],
  ['tokenRequest.method', { ...least, tokenRequest: { method: 'HEAD' } }],
  ['tokenRequest.encoding', { ...least, tokenRequest: { encoding: 'xml' } }],
  ['tokenRequest.encoding', { ...least, tokenRequest: { encoding: [] } }],
  ['tokenRequest.encoding[1]', { ...least, tokenRequest: { encoding: ['form', 'xml'] } }],
  ['tokenRequest.encoding', { ...least, tokenRequest: { method: 'GET', encoding: 'form' } }],
  ['tokenRequest.encoding', { ...least, tokenRequest: { method: 'GET', encoding: ['query', 'json'] } }],
  ['tokenRequest.queryParameters', { ...least, tokenRequest: { queryParameters: 'grant_type' } }],
  ['tokenRequest.queryParameters[0]', { ...least, tokenRequest: { queryParameters: [''] } }],
  ['tokenRequest.clientAuthentication', { ...least, tokenRequest: { clientAuthentication: [] } }],
  ['tokenRequest.clientAuthentication', { ...least, tokenRequest: { clientAuthentication: 'Basic' } }],
  ['tokenRequest.clientAuthentication[1]', { ...least, tokenRequest: { clientAuthentication: ['basic', 'mtls'] } }],
  ['tokenRequest.parameterNames', { ...least, tokenRequest: { parameterNames: ['x'] } }],
  ['tokenRequest.parameterNames.a', { ...least, tokenRequest: { parameterNames: { a: true } } }],
  ['tokenRequest.parameterNames.a', { ...least, tokenRequest: { parameterNames: { a: '' } } }],
  ['tokenRequest.parameterNames.clientId', { ...least, tokenRequest: { parameterNames: { clientId: 'key' } } }],
  ['tokenRequest.extraParameters.a', { ...least, tokenRequest: { extraParameters: { a: {} } } }],
  ['tokenRequest.extraParameters.a[0]', { ...least, tokenRequest: { extraParameters: { a: [5] } } }],
  ['tokenRequest.scopeParameter', { ...least, tokenRequest: { scopeParameter: '' } }],
  ['tokenRequest.scopeSeparator', { ...least, tokenRequest: { scopeSeparator: '' } }],
  ['tokenRequest.transformSecret', { ...least, tokenRequest: { transformSecret: 'sha256' } }],
  ['tokenRequest.body', { ...least, tokenRequest: { method: 'GET', body: {} } }],
  ['tokenRequest.body', { ...least, tokenRequest: { body: 'text' } }],
  ['tokenRequest.body.a', { ...least, tokenRequest: { body: { a: '{' } } }],
  ['tokenRequest.body.a[1].b', { ...least, tokenRequest: { body: { a: [1, { b: '{b c}' }] } } }],
  ['tokenRequest.body.a', { ...least, tokenRequest: { body: { a: Number.NaN } } }],
  ['tokenRequest.body.a', { ...least, tokenRequest: { body: { a: () => 'b' } } }],
  ['tokenRequest', { ...least, tokenRequest: { body: { a: '{extra.csrf}' } } }],
  ['tokenRequest.encoding', { ...least, tokenRequest: { body: {}, encoding: 'form' } }],
  ['tokenRequest.encoding', { ...least, tokenRequest: { body: {}, encoding: 'none' } }],
  ['tokenRequest.encoding', { ...least, tokenRequest: { method: 'GET', encoding: 'json' } }],
  ['tokenRequest.clientAuthentication', { ...least, tokenRequest: { body: {}, clientAuthentication: 'body' } }],
  ['tokenRequest.clientAuthentication', { ...least, tokenRequest: { encoding: 'none', clientAuthentication: ['basic', 'body'] } }],
  ['tokenRequest.headers.X-A', { ...least, tokenRequest: { headers: { 'X-A': 'a\nb' } } }],
  ['tokenRequest.headers.X-A', { ...least, tokenRequest: { headers: { 'X-A': '{client secret}' } } }],
  ['tokenRequest.headers.X A', { ...least, tokenRequest: { headers: { 'X A': 'a' } } }],
  ['tokenRequest.credentials', { ...least, tokenRequest: { credentials: true } }],
  ['tokenUrl', { ...least, tokenUrl: 'https://api.example/token/{client_secret}' }],
  ['apiOrigins', { ...least, apiOrigins: 'https://*.example.com' }],
  ['headers', { ...least, headers: { 'x-api-key': '{client_secret}' } }],
  ['extraParameters', { ...least, tokenRequest: { extraParameters: { key: '{client_secret}' } } }],
  ['apiOrigins[0]', { ...least, apiOrigins: ['https://*.com'] }],
  ['apiOrigins', { ...least, tokenResponse: { apiUrl: 'instance_url' } }],
  ['revocation.url', { ...least, revocation: {} }],
  ['revocation.as', { ...least, revocation: { url: 'https://a.example', as: 'user' } }],
  ['revocation.request.method', { ...least, revocation: { url: 'https://a.example', request: { method: 'GET' } } }],
  ['revocation.request.encoding', { ...least, revocation: { url: 'https://a.example', method: 'GET', request: { encoding: 'form' } } }],
  ['authorization', { ...least, authorization: { query: 'token', header: 'X-Token' } }],
  ['authorization', { ...least, authorization: { query: 'token', cookie: 'token' } }],
  ['authorization', { ...least, authorization: { query: 'token', scheme: 'Bearer' } }],
  ['authorization.cookie', { ...least, authorization: { cookie: 'a b' } }],
  ['authorization.scheme', { ...least, authorization: { scheme: 'JWT', format: 'JWT {access_token}' } }],
  ['authorization.format', { ...least, authorization: { format: 'JWT' } }],
  ['authorization', { ...least, authorization: { headers: { 'x-a': '{username}' } } }],
  ['authorization', { ...least, authorization: { headers: { 'x-csrf': '{extra.csrf}' } } }],
  ['authorization.headers.x-a', { ...least, authorization: { headers: { 'x-a': '{' } } }],
  ['isRejection', { ...least, isRejection: {} }],
  ['isRejection', { ...least, isRejection: 401 }],
  ['isRejection[1]', { ...least, isRejection: [{ status: 403 }, {}] }],
  ['isRejection.status', { ...least, isRejection: { status: 99 } }],
  ['isRejection', { ...least, isRejection: { is: 5 } }],
  ['isRejection.path', { ...least, isRejection: { status: 200, contains: 'x' } }],
  ['isRejection.is', { ...least, isRejection: { path: 'a', is: {} } }],
  ['isRejection', { ...least, isRejection: { path: 'header:x-error', is: 5 } }],
  ['isRejection', { ...least, isRejection: { path: '', isNot: false } }],
  ['isRejection.pat', { ...least, isRejection: { pat: 'a' } }],
  ['tokenResponse.error', { ...least, tokenResponse: { error: { status: 403, error: 'invalid_grant' } } }],
  ['tokenResponse.error[0].error', { ...least, tokenResponse: { error: [{ status: 403 }] } }],
  ['tokenResponse.error[0]', { ...least, tokenResponse: { error: [{ error: 'invalid_grant' }] } }],
  ['tokenResponse.error[0].notApplied', { ...least, tokenResponse: { error: [{ status: 403, error: 'x', notApplied: true }] } }],
  ['tokenResponse.accessToken', { ...least, tokenResponse: { accessToken: 'header:x y' } }],
  ['tokenResponse.accessToken', { ...least, tokenResponse: { accessToken: 'cookie:' } }],
  ['tokenResponse.accessToken', { ...least, tokenResponse: { accessToken: 'a\\' } }],
  ['renewal.by', { ...least, renewal: {} }],
  ['renewal', { ...least, renewal: null }],
  ['renewal', { ...least, renewal: ['grant'] }],
  ['renewal.by', { ...least, renewal: { by: 'constructor' } }],
  ['renewal.windowMs', { ...least, renewal: { by: 'refresh_token', windowMs: 5 } }],
  ['renewal.refreshLifetimeMs', { ...least, renewal: { by: 'refresh_token', refreshLifetimeMs: -1 } }],
  ['renewal.refreshLifetimeMs', { ...least, renewal: { by: 'refresh_token', refreshLifetimeMs: Infinity } }],
  ['renewal.url', { ...least, renewal: { by: 'refresh_token', url: 'x' } }],
  ['renewal.url', { ...least, renewal: { ...renewal, url: undefined } }],
  ['renewal.parameter', { ...least, renewal: { ...renewal, parameter: '' } }],
  ['renewal.parameter', { ...least, renewal: { ...renewal, parameter: undefined } }],
  ['renewal.windowMs', { ...least, renewal: { ...renewal, windowMs: Number.NaN } }],
  ['renewal.windowMs', { ...least, renewal: { ...renewal, windowMs: 0 } }],
  ['renewal.parameter', { ...least, renewal: { ...renewal, parameter: undefined } }],
  ['renewal.windowFrom', { ...least, renewal: { ...renewal, windowFrom: 5 } }],
  ['renewal.request.encoding', { ...least, renewal: { ...renewal, request: { encoding: 'xml' } } }],
  ['renewal.request.encoding', { ...least, tokenRequest: { encoding: 'json' }, renewal: { ...renewal, request: { method: 'GET' } } }],
  ['renewal.url', { ...least, renewal: { by: 'grant', url: 'https://a.example' } }],
  ['tokenResponse.expiresInUnit', { ...least, tokenResponse: { expiresInUnit: 'min' } }],
  ['tokenResponse.expires_in', { ...least, tokenResponse: { expires_in: 'x' } }],
  ['tokenResponse.accessToken', { ...least, tokenResponse: { accessToken: [] } }],
  ['tokenResponse.accessToken', { ...least, tokenResponse: { accessToken: 5 } }],
  ['tokenResponse.accessToken', { ...least, tokenResponse: { accessToken: 'a..b' } }],
  ['tokenResponse.accessToken[1]', { ...least, tokenResponse: { accessToken: ['a', 'b.'] } }],
  ['tokenResponse.zeroMeansNever', { ...least, tokenResponse: { zeroMeansNever: 1 } }],
  ['tokenResponse.defaultLifetimeMs', { ...least, tokenResponse: { defaultLifetimeMs: 0 } }],
  ['tokenResponse.defaultLifetimeMs', { ...least, tokenResponse: { defaultLifetimeMs: Number.NaN } }],
  ['tokenResponse.lifetimeFrom', { ...least, tokenResponse: { lifetimeFrom: 'token' } }],
  ['tokenResponse.scopeSeparator', { ...least, tokenResponse: { scopeSeparator: /,/ } }],
  ['tokenResponse.extra', { ...least, tokenResponse: { extra: 'a' } }],
  ['tokenResponse.isSuccess', { ...least, tokenResponse: { isSuccess: true } }],
  ['tokenResponse.error', { ...least, tokenResponse: { error: 'error' } }],
  ['authorization.header', { ...least, authorization: { header: '' } }],
  ['authorization.header', { ...least, authorization: { header: 'X Token' } }],
  ['authorization.scheme', { ...least, authorization: { scheme: 'a\r\n' } }],
  ['authorization.scheme', { ...least, authorization: { scheme: 'JWT ' } }],
  ['authorization.scheme', { ...least, authorization: { scheme: ' JWT' } }],
  ['authorization.schema', { ...least, authorization: { schema: 'JWT' } }],
  ['isRejection', { ...least, isRejection: 403 }],
]

describe('what is wrong is named', () => {
  it.each(wrong)('%s %#', (option, profile) => {
    expect(() => defineProvider(profile as Provider)).toThrowError(expect.objectContaining({ code: 'invalid_configuration', option }))
  })
})

it.each([
  ['clientId', 'client_id'],
  ['clientSecret', 'client_secret'],
  ['grantType', 'grant_type'],
  ['refreshToken', 'refresh_token'],
  ['redirect-uri', 'redirect_uri'],
  ['Username', 'username'],
])('parameterNames with %s → is refused, and the message names %s', (name, meant) => {
  const parameterNames = { [name]: 'x' }
  for (const changes of [
    { tokenRequest: { parameterNames } },
    { renewal: { by: 'refresh_token', request: { parameterNames } } } as const,
  ]) {
    expect(() => defineProvider({ ...least, ...changes })).toThrow(`parameterNames.${name}: is no standard name: did you mean ${meant}?`)
  }
})

it('parameterNames with a parameter of an extension grant → passes, whatever its name', () => {
  const parameterNames = { subjectToken: 'x', subject_token: 'y', assertion: 'z', userId: false } as const
  expect(defineProvider({ ...least, tokenRequest: { parameterNames } }).tokenRequest).toEqual({ parameterNames })
})
