import { describe, expect, it } from 'vitest'
import { ConfigurationError } from '../../../src/base/errors.ts'
import { type AuthorizationParameters, buildAuthorizationUrl } from '../../../src/sign-in/authorization-url.ts'
import { checkClient } from '../../../src/sign-in/sign-in-client.ts'
import type { Provider } from '../../../src/vocabulary/provider.ts'
import { authorizationUrl, clientId, redirectUri } from '../../support/sign-in/begin-sign-in.ts'
import { testProvider } from '../../support/test-provider.ts'

function build(changes: Partial<Provider> = {}, { scope, parameters }: Partial<AuthorizationParameters> = {}): URL {
  const provider = testProvider({ authorizationUrl, ...changes })
  return buildAuthorizationUrl(provider, checkClient({ provider, clientId, redirectUri }), { scope, parameters })
}

const basics = { response_type: 'code', client_id: clientId, redirect_uri: redirectUri }

describe('an authorization request', () => {
  it.each<[string, Partial<Provider>, Partial<AuthorizationParameters>, object]>([
    ['the least', {}, {}, basics],
    ['scopes in a list', {}, { scope: ['a', 'b', 'a'] }, { ...basics, scope: 'a b' }],
    ['scopes in a text', {}, { scope: ' a\n b ' }, { ...basics, scope: 'a b' }],
    ['no scopes', {}, { scope: [] }, basics],
    [
      'the API’s separator and name of scopes',
      { tokenRequest: { scopeSeparator: ',', scopeParameter: 'rights' } },
      { scope: 'a b' },
      { ...basics, rights: 'a,b' },
    ],
    ['an API without scopes', { tokenRequest: { parameterNames: { scope: false } } }, { scope: 'a' }, basics],
    [
      'the API’s name of the client',
      { tokenRequest: { parameterNames: { client_id: 'client_key' } } },
      {},
      { response_type: 'code', client_key: clientId, redirect_uri: redirectUri },
    ],
    ['an API whose token requests name no client', { tokenRequest: { parameterNames: { client_id: false } } }, {}, basics],
    ['more parameters', {}, { parameters: { prompt: 'login', audience: 'a&b=c#d' } }, { ...basics, prompt: 'login', audience: 'a&b=c#d' }],
    ['a query of the endpoint', { authorizationUrl: `${authorizationUrl}?tenant=1` }, {}, { tenant: '1', ...basics }],
    [
      'a parameter that the endpoint’s query has',
      { authorizationUrl: `${authorizationUrl}?prompt=none` },
      { parameters: { prompt: 'login' } },
      { prompt: 'login', ...basics },
    ],
  ])('%s', (_, changes, options, expected) => {
    const url = build(changes, options)
    expect(url.origin + url.pathname).toBe(authorizationUrl)
    expect(Object.fromEntries(url.searchParams)).toEqual(expected)
    expect([...url.searchParams]).toHaveLength(Object.keys(expected).length)
  })
})

const reserved = [
  ...['response_type', 'client_id', 'redirect_uri', 'scope', 'state', 'code_challenge', 'code_challenge_method'],
  ...['request', 'request_uri', 'response_mode'],
]

describe('a parameter of the protocol', () => {
  it.each(reserved)('%s among the parameters → is refused, by name', (name) => {
    expect(() => build({}, { parameters: { [name]: 'x' } })).toThrow(expect.objectContaining({ option: `parameters.${name}` }))
  })

  it.each(reserved)('%s in the endpoint’s query → is refused, by name', (name) => {
    const wrong = { authorizationUrl: `${authorizationUrl}?${name}=x` }
    expect(() => build(wrong)).toThrow(expect.objectContaining({ option: 'provider.authorizationUrl' }))
  })

  it('under the API’s own name → is refused too', () => {
    const tokenRequest = { parameterNames: { client_id: 'client_key' }, scopeParameter: 'rights' }
    for (const name of ['client_key', 'rights'])
      expect(() => build({ tokenRequest }, { parameters: { [name]: 'x' } })).toThrow(ConfigurationError)
  })
})

it.each([
  ['null', null, 'parameters'],
  ['a text', 'prompt=login', 'parameters'],
  ['a number in it', { max_age: 5 }, 'parameters.max_age'],
  ['nothing in it', { prompt: undefined }, 'parameters.prompt'],
])('parameters that are %s → are refused', (_, parameters, option) => {
  expect(() => build({}, { parameters: parameters as never })).toThrow(expect.objectContaining({ option }))
})
