import { describe, expect, it } from 'vitest'
import { ConfigurationError } from '../../../src/base/errors.ts'
import { camdram } from '../../../src/providers/camdram.ts'
import { checkClient, type SignInClientOptions } from '../../../src/sign-in/sign-in-client.ts'
import { authorizationUrl, clientId, redirectUri } from '../../support/sign-in/begin-sign-in.ts'
import { testProvider, tokenUrl } from '../../support/test-provider.ts'

const provider = testProvider({ authorizationUrl })
const check = (changes: object = {}) => checkClient({ provider, clientId, redirectUri, ...changes } as SignInClientOptions)

it('what a sign-in is bound to → is all of the client that its server knows', () => {
  expect(check()).toEqual({ provider: provider.name, authorizationUrl, tokenUrl, clientId, redirectUri })
})

it('URLs of the provider → are compared as they are sent', () => {
  const spelled = { ...provider, authorizationUrl: 'HTTPS://AUTH.example.com:443/authorize' }
  expect(check({ provider: spelled }).authorizationUrl).toBe(authorizationUrl)
})

describe('a redirect URI', () => {
  it.each([
    'https://app.example.com/callback',
    'https://app.example.com',
    'HTTPS://App.example.com:443/Callback?tenant=1',
    'http://127.0.0.1:49152/',
    'http://[::1]:49152/callback',
    'http://localhost:8080/callback',
    'com.example.app:/callback',
    'com.example.app://callback',
    'myapp://callback',
    'myapp:/callback',
    'tauri://localhost',
    'tauri://localhost/signed-in?window=main',
    'capacitor://localhost/signed-in',
    'ionic://localhost',
    'http://127.0.0.1',
  ])('%s → is kept to the letter', (uri) => expect(check({ redirectUri: uri }).redirectUri).toBe(uri))

  it.each([
    undefined,
    null,
    5,
    new URL(redirectUri),
    '',
    '/callback',
    'app.example.com/callback',
    ' https://app.example.com/',
    'https://app.example.com/a b',
    'https:\\\\app.example.com\\callback',
    'https://',
    'http://app.example.com/callback',
    'http://localhost.example/callback',
    'ftp://app.example.com/callback',
    'javascript:alert(1)',
    'JavaScript://app.example.com/%0aalert(1)',
    'java\tscript:alert(1)',
    'vbscript:x',
    'data:text/html,x',
    'DATA:text/html,x',
    'file:///callback',
    'blob:https://app.example.com/9115d58c',
    'filesystem:https://app.example.com/temporary/x',
    'about:blank',
    'wss://app.example.com/callback',
    'localhost:8080/callback',
    'app.example.com:8443/callback',
    'https://user@app.example.com/',
    'https://user:word@app.example.com/',
    'https://app.example.com/#',
    'https://app.example.com/#part',
    'https://app.example.com/?code=x',
    'https://app.example.com/?state=x',
    'https://app.example.com/?iss',
    'https://app.example.com/?error=x',
    'https://app.example.com/?error_description=x',
  ])('%s → is refused', (uri) => {
    expect(() => check({ redirectUri: uri })).toThrow(expect.objectContaining({ name: 'ConfigurationError', option: 'redirectUri' }))
  })

  it('over http: to another host → where it is allowed only', () => {
    const insecure = 'http://app.example.com/callback'
    expect(check({ redirectUri: insecure, allowInsecureRequests: true }).redirectUri).toBe(insecure)
  })
})

describe('a client', () => {
  it.each<[string, object]>([
    ['provider', { provider: undefined }],
    ['provider', { provider: null }],
    ['provider', { provider: 'oauth2' }],
    ['provider.name', { provider: { ...provider, name: '' } }],
    ['provider.authorizationUrl', { provider: testProvider() }],
    ['provider.authorizationUrl', { provider: { ...provider, authorizationUrl: '/authorize' } }],
    ['provider.authorizationUrl', { provider: { ...provider, authorizationUrl: 'http://auth.example.com/authorize' } }],
    ['provider.authorizationUrl', { provider: { ...provider, authorizationUrl: 'javascript:alert(1)' } }],
    ['provider.authorizationUrl', { provider: { ...provider, authorizationUrl: 'https://u:p@auth.example.com/authorize' } }],
    ['provider.authorizationUrl', { provider: { ...provider, authorizationUrl: `${authorizationUrl}#part` } }],
    ['provider.tokenUrl', { provider: { ...provider, tokenUrl: 'http://auth.example.com/token' } }],
    ['provider.tokenUrl', { provider: { ...provider, tokenUrl: undefined } }],
    ['clientId', { clientId: '' }],
    ['clientId', { clientId: undefined }],
    ['clientId', { clientId: 5 }],
    ['allowInsecureRequests', { allowInsecureRequests: 'false' }],
  ])('that is wrong in %s → is refused by name', (option, changes) => {
    expect(() => check(changes)).toThrow(expect.objectContaining({ name: 'ConfigurationError', option }))
  })

  it('with a preset in the place of its provider → says how to give that', () => {
    const preset = camdram({ clientId, clientSecret: 's' })
    expect(() => check({ provider: preset })).toThrow(
      expect.objectContaining({ option: 'provider', message: expect.stringContaining('provider: camdram(…).provider') }),
    )
    expect(check({ provider: preset.provider }).provider).toBe('camdram')
  })

  it('over http: → where it is allowed only', () => {
    const insecure = { ...provider, authorizationUrl: 'http://auth.example.com/authorize', tokenUrl: 'http://auth.example.com/token' }
    expect(check({ provider: insecure, allowInsecureRequests: true })).toMatchObject({ tokenUrl: 'http://auth.example.com/token' })
    expect(() => check({ provider: insecure, allowInsecureRequests: false })).toThrow(ConfigurationError)
  })
})
