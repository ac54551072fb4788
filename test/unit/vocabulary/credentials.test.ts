import { describe, expect, it } from 'vitest'
import { clientCredentials } from '../../../src/grants/client-credentials.ts'
import { customGrant } from '../../../src/grants/custom-grant.ts'
import { password } from '../../../src/grants/password.ts'
import { refreshToken } from '../../../src/grants/refresh-token.ts'
import { checkCredentials, markCredentials } from '../../../src/vocabulary/credentials.ts'
import type { Grant } from '../../../src/vocabulary/grant.ts'
import type { Provider, TokenRequestProfile } from '../../../src/vocabulary/provider.ts'
import { testProvider } from '../../support/test-provider.ts'

it('the same secrets have the same mark, whoever they belong to', () => {
  const mark = markCredentials(password({ username: 'me', password: 'a secret' }))
  expect(mark).toBe(markCredentials(password({ username: 'somebody', password: 'a secret' })))
})

it('of 500 other passwords hardly one has the same mark, and all marks have twelve bits', () => {
  const marks = Array.from(
    { length: 500 },
    (_, index) => markCredentials(password({ username: 'me', password: `Secret-${index}` })) as number,
  )
  const first = marks[0]
  expect(marks.filter((mark) => mark === first).length).toBeLessThan(4)
  expect(new Set(marks).size).toBeGreaterThan(400)
  expect(marks.every((mark) => Number.isInteger(mark) && mark >= 0 && mark < 4_096)).toBe(true)
})

it.each([
  clientCredentials({ clientId: 'a', clientSecret: () => 'secret' }),
  password({ username: 'me', password: async () => 'secret' }),
  customGrant({ grantType: 'x', parameters: { a: 'text', b: () => 'secret' } }),
])('a secret that a function gives has no mark', (grant) => {
  expect(markCredentials(grant)).toBeUndefined()
})

const user = { username: 'me', password: 'p4ss' }
const asking = (tokenRequest: TokenRequestProfile, more: Partial<Provider> = {}) => testProvider({ tokenRequest, ...more })
const url = 'https://auth.example.com/revoke'

describe('a log-in without what an API does not have', () => {
  it.each<[string, Provider, Grant]>([
    ['JSON, no client (Signal K)', asking({ encoding: 'json', parameterNames: { grant_type: false } }), password(user)],
    [
      'a form under other names (ZoneMinder)',
      asking({ parameterNames: { username: 'user', password: 'pass', grant_type: false } }),
      password(user),
    ],
    [
      'a key without an id in a header (Verkada)',
      asking({ encoding: 'none', headers: { 'x-api-key': '{client_secret}' } }),
      clientCredentials({ clientSecret: 'k' }),
    ],
    [
      'a user name deep in a body (Reolink)',
      asking({ body: [{ cmd: 'Login', param: { User: { userName: '{username}', password: '{password}' } } }] }),
      password(user),
    ],
    ['a password alone (Pi-hole)', asking({ body: { password: '{password}' } }), password({ password: 'p' })],
    [
      'a query (Synology)',
      asking({ method: 'GET', parameterNames: { username: 'account', password: 'passwd', grant_type: false } }),
      password(user),
    ],
    [
      'a pair of keys in JSON (Hik-Connect)',
      asking({ body: { appKey: '{client_id}', secretKey: '{client_secret}' } }),
      clientCredentials({ clientId: 'i', clientSecret: 's' }),
    ],
    [
      'a key and a pin (TVDB)',
      asking({ body: { apikey: '{api_key}', pin: '{pin}' } }),
      customGrant({ grantType: 'tvdb', parameters: { api_key: 'k', pin: () => '1' } }),
    ],
    ['a token for a password (USGS M2M)', asking({ body: { username: '{username}', token: '{password}' } }), password(user)],
    [
      'a nested identifier (Matrix)',
      asking({ body: { identifier: { user: '{username}' }, password: '{password}', refresh_token: true } }),
      password(user),
    ],
    [
      'an exchange, whatever the profile names',
      asking({ body: { a: '{anything}' }, clientAuthentication: 'basic' }),
      customGrant({ grantType: 'own', exchange: () => ({}) }),
    ],
  ])('%s is complete', (_, provider, grant) => {
    expect(() => checkCredentials(provider, grant)).not.toThrow()
  })

  it.each<[string, string, Provider, Grant]>([
    [
      'username',
      'a user name that a template names',
      asking({ body: { user: '{username}', password: '{password}' } }),
      password({ password: 'p' }),
    ],
    ['password', 'a password', asking({ headers: { 'x-pass': '{password}' } }), clientCredentials({ clientId: 'i', clientSecret: 's' })],
    [
      'clientSecret',
      'a key in a header',
      asking({ encoding: 'none', headers: { 'x-api-key': '{client_secret}' } }),
      clientCredentials({ clientId: 'i' }),
    ],
    ['clientId', 'an id in a text', asking({ headers: { 'x-app': 'app={client_id};' }, clientAuthentication: 'none' }), password(user)],
    [
      'clientSecret',
      'a key that only renewals send',
      asking({ body: { p: '{password}' } }, { renewal: { by: 'refresh_token', request: { headers: { 'x-key': '{client_secret}' } } } }),
      password(user),
    ],
    [
      'clientSecret',
      'a key that only revocations send',
      asking({ body: { p: '{password}' } }, { revocation: { url, request: { headers: { 'x-key': '{client_secret}' } } } }),
      password(user),
    ],
  ])('%s is missing: %s', (option, _, provider, grant) => {
    expect(() => checkCredentials(provider, grant)).toThrowError(expect.objectContaining({ code: 'invalid_configuration', option }))
  })
})

describe('a template with a name that nobody knows', () => {
  it.each<[string, string, Provider, Grant]>([
    ['provider.tokenRequest', '{usernam}', asking({ body: { user: '{usernam}' } }), password(user)],
    ['provider.tokenRequest', '{pin}', asking({ body: { pin: '{pin}' } }), password(user)],
    ['provider.tokenRequest', '{token}', asking({ headers: { 'x-token': '{token}' } }), password(user)],
    [
      'provider.renewal.request',
      '{refresh}',
      asking({}, { renewal: { by: 'refresh_token', request: { body: { refresh: '{refresh}' } } } }),
      refreshToken({ clientId: 'i', refreshToken: 'r' }),
    ],
    [
      'provider.renewal.request',
      '{refresh}',
      asking({}, { renewal: { by: 'refresh_token', request: { body: { refresh: '{refresh}' } } } }),
      password(user),
    ],
    ['provider.revocation.request', '{tokn}', asking({}, { revocation: { url, request: { body: { t: '{tokn}' } } } }), password(user)],
  ])('in %s is named: %s', (option, name, provider, grant) => {
    expect(() => checkCredentials(provider, grant)).toThrowError(
      expect.objectContaining({ code: 'invalid_configuration', option, message: expect.stringContaining(name) }),
    )
  })
  it.each<[Provider, Grant]>([
    [
      asking({}, { revocation: { url, request: { body: { t: '{token}', r: '{refresh_token}', a: '{access_token}', u: '{username}' } } } }),
      password(user),
    ],
    [asking({}, { renewal: { by: 'grant' } }), password(user)],
    [
      asking({}, { renewal: { by: 'access_token', url, request: { headers: { Authorization: 'Bearer {access_token}' } } } }),
      password(user),
    ],
  ])('what there is may be named', (provider, grant) => {
    expect(() => checkCredentials(provider, grant)).not.toThrow()
  })
})
