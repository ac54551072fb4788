import { describe, expect, it } from 'vitest'
import { abilityOf, bringAlong } from '../../../src/base/abilities.ts'
import { ConfigurationError } from '../../../src/base/errors.ts'
import {
  cam2,
  camdram,
  clientCredentials,
  customGrant,
  defineProvider,
  dive,
  type Grant,
  musement,
  oauth2,
  type Provider,
  TokenManager,
} from '../../../src/index.ts'

const least: Provider = { name: 'mine', apiUrl: 'https://api.example', tokenUrl: 'https://auth.example/token' }
const urls = { apiUrl: least.apiUrl, tokenUrl: least.tokenUrl }
const grant = clientCredentials({ clientId: 'id', clientSecret: 's3cret' })

function construct(provider: Provider, own: Grant = grant): TokenManager {
  const fetch = () => Promise.reject(new Error('Nothing is to be sent.'))
  return new TokenManager({ provider, grant: own, fetch })
}

const beyond: readonly (readonly [option: string, profile: Partial<Provider>])[] = [
  ['authorization', { authorization: { header: 'X-Token' } }],
  ['authorization', { authorization: { format: 'Key {access_token}' } }],
  ['authorization', { authorization: { query: 'token' } }],
  ['authorization', { authorization: { cookie: 'sid' } }],
  ['authorization', { authorization: { headers: { 'X-CSRF': '{access_token}' } } }],
  ['authorization', { authorization: () => ({}) }],
  ['isRejection', { isRejection: { status: 419 } }],
  ['isRejection', { isRejection: () => false }],
  ['apiOrigins', { apiOrigins: ['https://*.api.example'] }],
  ['revocation', { revocation: { url: 'https://auth.example/revoke' } }],
  ['tokenRequest.headers', { tokenRequest: { headers: { 'X-Key': '{client_secret}' } } }],
  ['tokenRequest.body', { tokenRequest: { body: { key: '{client_secret}' } } }],
  ['tokenRequest.body', { renewal: { by: 'refresh_token', request: { body: { token: '{refresh_token}' } } } }],
  ['tokenResponse.error', { tokenResponse: { error: [{ status: 400, error: 'invalid_grant' }] } }],
]

describe('a profile that says more than plain OAuth 2', () => {
  it.each(beyond)('%s, not passed through defineProvider() → a ConfigurationError at construction: %j', (option, profile) => {
    const fault = new ConfigurationError(
      `provider.${option}`,
      'works only in what defineProvider() or customGrant() returns: pass yours through it',
    )
    expect(() => construct({ ...least, ...profile })).toThrow(fault)
    expect(() => construct({ ...oauth2({ ...urls, clientId: 'id', clientSecret: 's' }).provider, ...profile })).toThrow(fault)
  })

  it.each(beyond)('%s, passed through it → works, also as a copy by spreading, and in one: %j', (_, profile) => {
    const provider = defineProvider({ ...least, ...profile })
    for (const one of [provider, { ...provider }, { ...defineProvider(least), ...profile }]) expect(() => construct(one)).not.toThrow()
  })

  it('that a copy of the package with other abilities has made → a ConfigurationError: its code is not called', () => {
    const provider = defineProvider({ ...least, isRejection: { status: 419 } })
    const [symbol, ...others] = Object.getOwnPropertySymbols(provider)
    expect([symbol, others]).toEqual([Symbol.for('tokenwell.abilities.1'), []])
    const plain = Object.fromEntries(Object.entries(provider))
    const foreign = { ...plain, [Symbol.for('tokenwell.abilities.2')]: provider[symbol as never] } as unknown as Provider
    expect(() => construct(foreign)).toThrow(/^provider\.isRejection: works only in what/)
    expect(() => construct(defineProvider(foreign))).not.toThrow()
  })

  it('copied by JSON → is to be passed through defineProvider() again', () => {
    const { provider } = cam2({ clientId: 'id', clientSecret: 's' })
    const copy = JSON.parse(JSON.stringify(provider)) as Provider
    expect(() => construct(copy)).toThrow(/^provider\.(isRejection|tokenResponse\.error): works only in what/)
    expect(() => construct(defineProvider(copy))).not.toThrow()
  })
})

it('a grant with an exchange that customGrant() has not made → a ConfigurationError; with one that it has, also as a copy → works', () => {
  const own = customGrant({ grantType: 'own', exchange: () => ({}) })
  expect(() => construct(least, { grantType: 'own', exchange: () => ({}) })).toThrow(/^grant\.exchange: works only in what/)
  for (const one of [own, { ...own }]) expect(() => construct(least, one)).not.toThrow()
  expect(() => new TokenManager(oauth2({ ...urls, clientId: 'id', grant: own }))).not.toThrow()
})

it.each<[string, () => { provider: Provider; grant: Grant }]>([
  ['cam2', () => cam2({ grant: ownExchange(), clientId: 'id' })],
  ['camdram', () => camdram({ grant: ownExchange(), clientId: 'id' })],
  ['dive', () => dive({ grant: ownExchange(), clientKey: 'key' })],
  ['musement', () => musement({ grant: ownExchange(), clientId: 'id' })],
  ['oauth2', () => oauth2({ ...urls, grant: ownExchange(), clientId: 'id' })],
])('the preset %s completes a grant with an exchange → it works', (_, create) => {
  const { provider, grant: completed } = create()
  expect(() => construct(provider, completed)).not.toThrow()
})

const ownExchange = () => customGrant({ grantType: 'own', exchange: () => ({}) })

it.each<Partial<Provider>>([
  {},
  { headers: { 'x-a': '1' } },
  { authorization: { scheme: 'JWT' } },
  { tokenRequest: { encoding: ['json', 'form'], clientAuthentication: 'body', extraParameters: { audience: 'a' } } },
  { renewal: { by: 'access_token', url: 'https://auth.example/refresh', parameter: 'token' } },
  { tokenResponse: { accessToken: ['header:x-token', 'token'], error: () => undefined, isSuccess: () => true } },
])('a profile of plain OAuth 2, written by hand → works: %j', (profile) => {
  expect(() => construct({ ...least, ...profile })).not.toThrow()
})

it('what a profile has brought along → stays when it is given more, but for what is given anew', () => {
  const own = bringAlong(bringAlong({}, { a: 1, b: 2 }), { b: 3, c: 4 })
  expect(['a', 'b', 'c'].map((option) => abilityOf(own, option))).toEqual([1, 3, 4])
})
